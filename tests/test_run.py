"""What `./run` promises, on small copies of the project that need no network. Must not know how it keeps it."""

import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
BLOCKED = 'raise ImportError("left out of this Python")\n'
COMMAND = "def main(argv: list[str]) -> int:\n    print({name!r}, *argv)\n    return len(argv)\n"
THREE_TESTS = """
import pytest

def test_plain() -> None: pass

@pytest.mark.slow
def test_slow() -> None: pass

@pytest.mark.{broker}
def test_broker() -> None: pass
"""


@dataclass(frozen=True)
class Checkout:
    """A copy of `./run` with locks that name nothing, and programs that only tell their arguments."""

    root: Path

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return told([self.root / "run", *arguments], environment)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        (self.root / name).write_text(text.replace(old, new))


def told(
    command: list[Path | str], environment: Mapping[str, str] = MappingProxyType({})
) -> "subprocess.CompletedProcess[str]":
    """The command's end: standard output and errors as one text, in a plain environment."""
    plain = {key: value for key, value in os.environ.items() if key not in {"CI", "PYTHONPATH"}}
    return subprocess.run(
        command, env={**plain, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "a place with blanks"
    for name, package in (("kiosk", "kiosk"), ("kiosk-sim", "hardware_sim")):
        (root / package).mkdir(parents=True)
        (root / package / "__main__.py").write_text(COMMAND.format(name=name))
    for package in ("drivers", "ui", "storage", "sync", "tests"):
        (root / package).mkdir()
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-camera.lock"):
        (root / lock).write_text("# nothing\n")
    (root / "run").write_bytes((ROOT / "run").read_bytes())
    (root / "run").chmod(0o755)
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return Checkout(root)


def test_set_up_makes_both_commands_even_where_the_path_has_blanks(checkout: Checkout) -> None:
    done = checkout.run("setup")
    assert done.returncode == 0, done.stdout
    for name in ("kiosk", "kiosk-sim"):
        command = told([checkout.root / ".venv/bin" / name, "one", "two"])
        assert (command.returncode, command.stdout) == (2, f"{name} one two\n")


def test_a_second_start_sets_nothing_up_and_takes_less_than_three_seconds(checkout: Checkout) -> None:
    first = checkout.run("demo", "--extra")
    begun = time.monotonic()
    second = checkout.run("demo", "--extra")
    assert time.monotonic() - begun < 3
    assert "installing" in first.stdout
    assert second.stdout == "kiosk-sim demo --extra\n"
    assert second.returncode == 2


def test_a_changed_lock_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.run("setup")
    leftover = checkout.root / ".venv/leftover"
    leftover.touch()
    checkout.edit("requirements.lock", "nothing", "still nothing")
    assert "making .venv" in checkout.run("setup").stdout
    assert not leftover.exists()


def test_adding_a_part_keeps_what_is_there_and_a_fresh_start_brings_it_back(checkout: Checkout) -> None:
    checkout.run("setup")
    added = checkout.run("setup", "camera").stdout
    assert "requirements-camera.lock" in added
    assert "making .venv" not in added
    checkout.edit("requirements.lock", "nothing", "still nothing")
    assert "requirements-camera.lock" in checkout.run("setup").stdout


def test_an_interrupted_set_up_is_taken_up_again(checkout: Checkout) -> None:
    checkout.run("setup")
    (checkout.root / ".venv/installed-kiosk").unlink()
    assert "making .venv" in checkout.run("setup").stdout


def test_a_python_without_the_venv_module_will_do(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "venv.py").write_text(BLOCKED)
    assert checkout.run("setup", PYTHONPATH=str(tmp_path)).returncode == 0
    command = told([checkout.root / ".venv/bin/kiosk", "one"])
    assert (command.returncode, command.stdout) == (1, "kiosk one\n")
    prefix = told([checkout.root / ".venv/bin/python", "-c", "import sys; print(sys.prefix)"])
    assert prefix.stdout == f"{checkout.root / '.venv'}\n"


def test_a_python_without_pip_is_told_which_package_to_install(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "pip.py").write_text(BLOCKED)
    done = checkout.run("setup", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout.splitlines()[-1] == (
        "run: this Python has no pip: type `sudo apt-get install python3-pip`, then the same command again"
    )


def test_a_package_is_installed_only_with_the_hash_in_the_lock(checkout: Checkout, tmp_path: Path) -> None:
    wheel = tmp_path / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        archive.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.dist-info/RECORD", "")
    source = f"--no-index\n--find-links {tmp_path}\ntiny==1 --hash=sha256:"
    checkout.edit("requirements.lock", "# nothing\n", source + hashlib.sha256(b"another file").hexdigest())
    refused = checkout.run("setup")
    assert refused.returncode == 2
    assert "pip could not install requirements.lock" in refused.stdout.splitlines()[-1]

    (checkout.root / "requirements.lock").write_text(source + hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert checkout.run("setup").returncode == 0
    assert told([checkout.root / ".venv/bin/python", "-c", "import tiny"]).returncode == 0


def test_an_old_python_is_told_what_is_needed(checkout: Checkout) -> None:
    checkout.edit("run", "OLDEST_PYTHON = (3, 11)", "OLDEST_PYTHON = (9, 0)")
    done = checkout.run("setup")
    assert done.returncode == 2
    assert re.match(r"run: this is Python 3\.[0-9]+\.[0-9]+, and 3\.11 or newer is needed: type ", done.stdout)
    assert not (checkout.root / ".venv").exists()


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((), "which command?"),
        (("fly",), "'fly' is no command"),
        (("setup", "fly"), "'fly' cannot be set up: type one or more of kiosk, camera, dev"),
        (("check", "fly"), "there is no check 'fly': type some of lint, format, types, layers, or none for all"),
    ],
)
def test_what_cannot_be_done_is_answered_with_what_can(
    checkout: Checkout, arguments: tuple[str, ...], answer: str
) -> None:
    done = checkout.run(*arguments)
    assert done.returncode == 2
    assert done.stdout.splitlines()[0] == f"run: {answer}"


def test_help_lists_every_command(checkout: Checkout) -> None:
    done = checkout.run("--help")
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  ./run")] == [
        "setup",
        "demo",
        "screens",
        "test",
        "texts",
        "check",
    ]


def test_screens_hands_its_arguments_to_the_kiosk(checkout: Checkout) -> None:
    checkout.run("setup")
    assert checkout.run("screens", "--out", "a folder").stdout == "kiosk screens --out a folder\n"


def test_texts_compiles_the_catalogues_of_the_checkout(checkout: Checkout) -> None:
    checkout.run("setup", "dev")
    compiler = checkout.root / ".venv/bin/pybabel"
    compiler.write_text('#!/bin/sh\necho "in ${PWD##*/}: $*"\n')
    compiler.chmod(0o755)
    done = checkout.run("texts")
    assert done.stdout == "in a place with blanks: compile --domain=kiosk --directory=ui/locale\n"


@dataclass(frozen=True)
class Bare:
    """An environment for three small tests, on a machine without a broker and without a way to install one."""

    checkout: Checkout
    environment: dict[str, str]

    def test(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return self.checkout.run("test", *arguments, **self.environment, **environment)


@pytest.fixture
def bare(checkout: Checkout, tmp_path: Path) -> Bare:
    (checkout.root / "tests/test_three.py").write_text(THREE_TESTS.format(broker="needs_mosquitto"))
    checkout.edit("run", 'program="mosquitto"', 'program="no-such-broker"')
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(sys.executable)
    return Bare(checkout, {"PATH": str(tmp_path / "bin"), "PYTHONPATH": sysconfig.get_path("purelib")})


def test_what_is_missing_is_named_with_its_command_and_its_tests_are_left_out(bare: Bare) -> None:
    done = bare.test("tests")
    assert done.returncode == 0, done.stdout
    assert "type `apt-get install --yes --no-install-recommends mosquitto`" in done.stdout
    assert "tests/test_three.py::test_broker" in done.stdout
    assert "2 passed, 1 deselected" in done.stdout.splitlines()[-1]


def test_leaving_tests_out_fails_in_ci(bare: Bare) -> None:
    done = bare.test("tests", CI="true")
    assert done.returncode == 2
    assert "type `apt-get install --yes --no-install-recommends mosquitto`" in done.stdout
    assert "no test may be left out" in done.stdout.splitlines()[-1]


def test_the_fast_tests_leave_out_the_slow_ones(bare: Bare) -> None:
    assert " 1 passed in " in bare.test("--fast").stdout.splitlines()[-1]


def test_a_failing_test_fails_the_run_and_the_last_line_is_the_summary(bare: Bare) -> None:
    (bare.checkout.root / "tests/test_wrong.py").write_text("def test_wrong() -> None: assert False\n")
    done = bare.test("tests")
    assert done.returncode == 1
    assert "1 failed, 2 passed, 1 deselected" in done.stdout.splitlines()[-1]
