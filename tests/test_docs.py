"""What the documents say, held against the code: names that exist, commands that work, links that lead somewhere.

Must not know what the documents mean.
"""

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    *("README.md", "ARCHITECTURE.md", "DECISIONS.md", "CHANGELOG.md", "SECURITY.md"),
    *sorted(str(path.relative_to(ROOT)) for folder in ("docs", "systemd") for path in (ROOT / folder).rglob("*.md")),
)
CODE = re.compile(r"`([^`\n]+)`")
NAMED = re.compile(r"([\w./-]+\.py)::([\w.]+)")
PATH = re.compile(r"(?:kiosk|drivers|storage|sync|ui|hardware_sim|tests|docs|systemd)/[\w./-]*")
DOTTED = re.compile(r"(?:kiosk|drivers|storage|hardware_sim)\.[\w.]+")
FILES = (".toml", ".service", ".db")
LINK = re.compile(r"\]\(([^)#\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {".venv/bin/kiosk": "kiosk", ".venv/bin/kiosk-sim": "hardware_sim"}


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def spoken(document: str) -> list[str]:
    """Everything between single backticks, outside of blocks."""
    return CODE.findall(FENCE.sub("", text_of(document)))


def blocks(document: str, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(text_of(document)) if kind == language]


@cache
def names_in(file: Path) -> frozenset[str]:
    """Functions, classes, methods, fields and constants that a file defines, such as `Engine.step`."""
    return frozenset(_defined(ast.parse(file.read_text(encoding="utf-8")).body, ""))


def _defined(body: list[ast.stmt], within: str) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name):
                yield within + name
            case ast.ClassDef(name=name, body=inner):
                yield within + name
                yield from _defined(inner, f"{within}{name}.")
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield within + name
            case ast.Assign(targets=targets):
                yield from (within + target.id for target in targets if isinstance(target, ast.Name))
            case _:
                pass


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_folder_that_is_spoken_of_exists(document: str) -> None:
    paths = [said.partition("::")[0] for said in spoken(document) if PATH.match(said)]

    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_name_in_a_file_is_defined_there(document: str) -> None:
    named = [found.groups() for said in spoken(document) if (found := NAMED.fullmatch(said))]

    assert [f"{file}::{name}" for file, name in named if name not in names_in(ROOT / file)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_dotted_name_leads_to_a_module_or_a_name_in_one(document: str) -> None:
    dotted = [said for said in spoken(document) if DOTTED.fullmatch(said) and not said.endswith(FILES)]

    assert [said for said in dotted if not _exists(said.split("."))] == []


def _exists(parts: list[str]) -> bool:
    """The longest beginning that is a module or a package, and the rest defined in it."""
    for count in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:count])
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if file.is_file():
            return count == len(parts) or ".".join(parts[count:]) in names_in(file)
    return False


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_file_leads_there(document: str) -> None:
    links = [link for link in LINK.findall(text_of(document)) if "://" not in link]

    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []


def test_the_walk_names_enough_of_the_code_to_be_worth_checking() -> None:
    assert sum(1 for said in spoken("ARCHITECTURE.md") if NAMED.fullmatch(said)) > 60


def sessions() -> list[tuple[str, str]]:
    """Each command in the README's terminal sessions, and what stands below it."""
    shown = [part for block in blocks("README.md", "console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    return [(command, answer) for command, _, answer in (part.partition("\n") for part in shown if part)]


@pytest.mark.parametrize(("command", "answer"), sessions())
def test_a_command_in_the_readme_answers_what_stands_below_it(command: str, answer: str) -> None:
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", PROGRAMS[program], *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == answer


def test_the_readme_shows_every_command_that_only_reads() -> None:
    shown = {" ".join(shlex.split(command)[1:3]) for command, _ in sessions()}

    assert shown >= {"scan parse", "board list", "board encode", "board decode"}
    assert any(command.split()[1] == "check-config" for command, _ in sessions())


def test_the_readme_promises_no_part_of_run_that_is_not_there() -> None:
    done = subprocess.run([ROOT / "run", "--help"], capture_output=True, text=True, check=True)
    said = {words[1] for document in DOCUMENTS for words in re.findall(r"(\./run) (\w+)", text_of(document))}

    assert said >= {"demo", "test", "setup"}
    assert [command for command in said if f"./run {command} " not in done.stdout] == []


def test_the_lines_of_python_in_the_installation_notes_make_keys_that_the_kiosk_takes(tmp_path: Path) -> None:
    pair, verifier = blocks("systemd/INSTALL.md", "python")
    (tmp_path / "code-key").touch(0o600)
    (tmp_path / "code-key").write_bytes(bytes(range(32)))
    made = typed_in(tmp_path, pair + verifier.replace("/etc/kiosk/keys", str(tmp_path)))

    code, stored = made.split()
    assert (len(code), len(stored)) == (6, 64)
    assert (tmp_path / "notice-secret").stat().st_mode & 0o077 == 0


def typed_in(directory: Path, lines: str) -> str:
    """What Python prints when these lines are typed in this directory."""
    command = [sys.executable, "-c", lines]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_tells_the_story_as_the_demo_tells_it() -> None:
    (excerpt,) = blocks("README.md", "text")
    command = [sys.executable, "-m", "hardware_sim", "demo", "--story"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert excerpt in told, "the story has changed: copy the lines of its section 5 anew"
