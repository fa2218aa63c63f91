"""The bench behind its server, on real parts: the kiosk's own process on the simulated bank, asked over HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from hardware_sim.bench.bench import Bench, Options
from hardware_sim.bench.server import ACTIONS, LARGEST_BODY, serving
from kiosk.wiring.boot import database_path
from storage.database import connect
from storage.rebuild import verify_tree
from tests.bench.visitor import PATIENCE_S, Visitor

PROJECT = Path(__file__).parents[2]
JSON = {"Content-Type": "application/json"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A kiosk without a screen, up and running."""
    with Bench(tmp_path_factory.mktemp("bench"), Options(display=False)) as made:
        yield made


@pytest.fixture(scope="module")
def visitor(bench: Bench) -> Iterator[Visitor]:
    with serving(bench) as server, Visitor(server.address).looking() as made:
        made.until(lambda values: kinds(values).count("kiosk_started") == 1, "the kiosk to start")
        yield made


def _started(times: int, values: dict[str, list[dict[str, str]]]) -> bool:
    return kinds(values).count("kiosk_started") == times


def kinds(values: dict[str, list[dict[str, str]]]) -> list[str]:
    return [entry["kind"] for entry in values["entries"]]


# --- who is answered ---


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.com"},
        {"Host": "127.0.0.1:1"},
        {"Host": ""},
        {"Origin": "http://example.com"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_a_page_from_elsewhere_is_refused_whatever_it_asks(visitor: Visitor, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/"), ("GET", "/happenings"), ("GET", "/screen.png"), ("POST", "/do/power")):
        answer = visitor.request(method, path, b"{}", {**JSON, **headers})
        assert (answer.status, answer.json["ok"]) == (403, False)
    assert visitor.values["kiosk"]["starts"] == 1


def test_its_own_page_is_answered_under_both_names(visitor: Visitor) -> None:
    port = visitor.address.rsplit(":", 1)[1].strip("/")
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{port}"
        assert visitor.get("/", {"Host": host, "Origin": f"http://{host}"}).status == 200


def test_only_this_machine_can_ask(bench: Bench) -> None:
    with serving(bench) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"


# --- the page's files ---


def test_the_page_needs_nothing_that_is_not_served_here(visitor: Visitor) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = visitor.get(path)
        assert answer.status == 200, path
        if answer.type.startswith("text/"):
            text = answer.body.decode()
            assert not re.search(r"""(src|href|url|import|from)\s*[=(]?\s*["']?(https?:)?//""", text), path
            found = re.findall(r"""(?:src=|href=|url\(|from |import )["'](/[^"'$]+)["']""", text)
            waiting += [each for each in found if each not in seen]
    assert {"/", "/bench.js", "/screen.js", "/bench.css", "/colours.css", "/icon.svg"} <= seen
    assert any(path.endswith(".ttf") for path in seen)


def test_colours_are_those_of_the_design_by_day_and_by_night(visitor: Visitor) -> None:
    css = visitor.get("/colours.css").body.decode()
    day, night = css.split("@media (prefers-color-scheme: dark)")
    colour = json.loads((PROJECT / "ui" / "tokens.json").read_text())["colour"]
    for part, mode in ((day, "normal"), (night, "night")):
        assert f"--canvas: {colour[mode]['canvas']};" in part
        assert f"--field-open-fill: {colour[mode]['field']['open']['fill']};" in part


# --- what cannot be done ---


def test_a_latched_door_is_refused_to_be_pulled_and_the_answer_says_why(visitor: Visitor) -> None:
    answer = visitor.do("pull", door="A05")
    assert (answer.status, answer.json["error"]) == (
        409,
        "A05 does not move: its latch holds it. Only the kiosk can let it go.",
    )
    assert visitor.values["doors"]["A05"]["open"] is False


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "why"),
    [
        ("/do/pull", b"{}", JSON, 400, "'door' is missing"),
        ("/do/pull", b'{"door": 5}', JSON, 400, "whose values are strings"),
        ("/do/pull", b"[]", JSON, 400, "a JSON object"),
        ("/do/pull", b"{", JSON, 400, "the body is not JSON"),
        ("/do/pull", b"[" * 30_000, JSON, 400, "the body is not JSON"),
        ("/do/pull", b"\xff", JSON, 400, "the body is not JSON"),
        ("/do/pull", b'{"door": "A05"}', {"Content-Type": "text/plain"}, 400, "only application/json"),
        ("/do/pull", b" " * (LARGEST_BODY + 1), JSON, 400, "up to 65536 bytes"),
        ("/do/explode", b"{}", JSON, 404, "and pull, push"),
        ("/", b"{}", JSON, 404, "no action"),
        ("/touches", b'[["down", 1]]', JSON, 400, "a touch is [down or move or up, x, y]"),
        ("/touches", b'[["poke", 1, 2]]', JSON, 400, "a touch is"),
        ("/touches", b'[["down", 1.5, 2]]', JSON, 400, "whole pixels"),
        ("/touches", b'[["down", 99999, 2]]', JSON, 400, "a touch is"),
        ("/touches", b'{"down": 1}', JSON, 400, "a list of up to 500 touches"),
        ("/do/show_code", b'{"notice": "0"}', JSON, 409, "no such notice"),
        ("/do/show_code", b'{"notice": "-1"}', JSON, 409, "no such notice"),
        ("/do/put_in", b'{"door": "A05"}', JSON, 409, "A05 is shut"),
    ],
)
def test_a_request_that_means_nothing_gets_one_clear_error(  # noqa: PLR0913, PLR0917 - the columns of the table
    visitor: Visitor, path: str, body: bytes, headers: dict[str, str], status: int, why: str
) -> None:
    answer = visitor.request("POST", path, body, headers)
    assert answer.status == status
    assert why in answer.json["error"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/labels/p99.svg", "/labels/.svg", "/notices/7.svg", "/../pyproject.toml", "/screen.png"]
)
def test_what_is_not_there_is_not_found(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status == 404


def test_touches_of_a_kiosk_without_a_screen_reach_nobody(visitor: Visitor) -> None:
    assert visitor.post("/touches", [["down", 1, 2]]).json == {"ok": True, "touched": False}


def test_every_action_is_offered_by_the_page(visitor: Visitor) -> None:
    scripts = "".join(visitor.get(f"/{name}.js").body.decode() for name in ("bank", "courier", "phone", "screen"))
    assert {name for name in ACTIONS if f"/do/{name}" in scripts} == set(ACTIONS)


# --- what happens ---


def test_two_visitors_see_the_same_and_one_who_returns_gets_the_state_whole(visitor: Visitor) -> None:
    with Visitor(visitor.address).looking() as other:
        assert other.do("spoil", door="A07", fault="stuck-latch").status == 200
        for each in (visitor, other):
            each.until(lambda values: values["doors"]["A07"]["faults"] == ["stuck-latch"], "the fault")
    with Visitor(visitor.address).looking() as again:
        assert again.wholes == 1
        assert again.values["doors"]["A07"] == {"open": False, "faults": ["stuck-latch"]}
        assert kinds(again.values) == kinds(visitor.values)
        assert again.do("mend").status == 200
    visitor.until(lambda values: values["doors"]["A07"]["faults"] == [], "the fault to be gone")


def test_a_label_is_a_picture_and_its_scan_is_taken_by_the_kiosk(visitor: Visitor) -> None:
    picture = visitor.get("/labels/p1.svg")
    assert (picture.status, picture.type) == (200, "image/svg+xml")
    assert visitor.do("scan", parcel="p1").status == 200
    visitor.until(lambda values: values["parcels"][0]["in_hand"], "the parcel in hand")


def test_frames_are_told_with_their_meaning_and_polls_are_marked(visitor: Visitor) -> None:
    visitor.until(lambda values: len(values["frames"]) > 30, "some polls")
    frames = visitor.values["frames"]
    asked = next(frame for frame in frames if frame["hex"] == "80 01 00 33 B2")
    assert (asked["board"], asked["way"], asked["words"]) == ("s1", "out", "how do all door contacts stand?")
    told = next(frame for frame in frames if frame["words"] == "all 16 doors are closed")
    assert (told["way"], told["hex"]) == ("in", "80 01 FF FF 33 B2")
    assert [frame["routine"] for frame in frames[-6:]] == [True] * 6


def test_power_cuts_kill_the_kiosk_and_it_returns_as_after_a_cut_not_as_after_a_crash(
    visitor: Visitor, bench: Bench
) -> None:
    starts = visitor.values["kiosk"]["starts"]
    for life in range(starts + 1, starts + 4):
        assert visitor.do("power").status == 200
        visitor.until(lambda values: values["kiosk"]["ended"] == "Its power was cut.", "the end")
        visitor.until(partial(_started, life), "its return")
    assert visitor.values["kiosk"]["starts"] == starts + 3
    assert "kiosk_stopped" not in kinds(visitor.values)
    database = connect(database_path(bench.site))
    try:
        (tree,) = verify_tree(database)
    finally:
        database.close()
    assert tree.whole
    assert [entry["seq"] for entry in visitor.values["entries"]] == list(range(len(visitor.values["entries"])))


def test_everything_ends_with_the_bench(tmp_path: Path) -> None:
    with ExitStack() as stack:
        bench = stack.enter_context(Bench(tmp_path, Options(display=False)))
        server = stack.enter_context(serving(bench))
        visitor = stack.enter_context(Visitor(server.address).looking())
        visitor.until(lambda values: "kiosk_started" in kinds(values), "the kiosk to start")
    assert not any((tmp_path / name).is_symlink() for name in ("left", "right", "scanner"))
    stopped = bench.feed.value("kiosk")
    assert stopped["running"], "it was never told as ended by itself"
    database = connect(database_path(bench.site))
    try:
        (tree,) = verify_tree(database)
    finally:
        database.close()
    assert tree.whole


# --- the command ---


def test_the_command_prints_an_address_that_answers_and_ends_when_asked_to(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hardware_sim", "demo", "--no-browser", "--keep", str(tmp_path / "kept")]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
            assert found is not None
            assert Visitor(found[0]).get("/").status == 200
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert (process.returncode, err) == (0, "")
    assert f"{tmp_path / 'kept' / 'data' / 'kiosk.db'}" in out
    assert not (tmp_path / "kept" / "left").is_symlink()


ASKED_AT_EVERY_LINE = """
import signal, sys
from hardware_sim.demo import end_signals

def wait(ends):
    return ends.get()

def asking(frame, event, argument):
    global lines
    lines += 1
    if lines == asked_at:
        signal.raise_signal(signal.SIGTERM)
    return asking

ends = end_signals()
for asked_at in range(1, 200):
    lines = 0
    signal.signal(signal.SIGALRM, lambda *_: ends.put(0))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    sys.settrace(asking)
    heard = wait(ends)
    sys.settrace(None)
    signal.setitimer(signal.ITIMER_REAL, 0)
    if heard == 0:
        break
print(asked_at, "lines")
"""


def test_the_end_is_heard_at_whatever_line_of_the_wait_it_is_asked_for() -> None:
    """A signal's handler runs between two lines of the waiting thread, which may just hold the lock it needs."""
    command = [sys.executable, "-c", ASKED_AT_EVERY_LINE]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = int(ended.stdout.split()[0])
    assert 2 < lines < 200


def test_a_window_where_there_is_no_desktop_gets_one_sentence() -> None:
    command = [sys.executable, "-m", "hardware_sim", "demo", "--no-browser", "--window"]
    bare = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    ended = subprocess.run(command, cwd=PROJECT, env=bare, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == ("kiosk-sim demo: --window: a desktop is needed; none of DISPLAY, WAYLAND_DISPLAY is set\n")


def test_a_port_that_is_taken_gets_one_sentence(visitor: Visitor) -> None:
    port = visitor.address.rsplit(":", 1)[1].strip("/")
    command = [sys.executable, "-m", "hardware_sim", "demo", "--no-browser", "--port", port]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"kiosk-sim demo: --port {port}: Address already in use; another port is needed\n"
