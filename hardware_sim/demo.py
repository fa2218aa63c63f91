"""`kiosk-sim demo`: a whole kiosk to look at, on any computer.

Holds the command only: its arguments, where the kiosk's files go, and the waiting for its end. It must not know what is
told or shown.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import webbrowser
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, complain

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk-sim demo
  kiosk-sim demo --no-browser --port 8080
  kiosk-sim demo --keep bench --window
  kiosk-sim demo --story --seed 7
  NO_COLOR=1 kiosk-sim demo --story | less

The bench page works in any browser on this computer and needs no network; Ctrl+C ends it. The story takes a second, as
its time is simulated, and is the same for the same seed.
Exit code 0, 1 if something that the story claims does not hold, 2 for a wrong call."""
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY")


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    demo = commands.add_parser(
        "demo",
        help="see a kiosk at work",
        description="Try a whole kiosk on a page in the browser: its touchscreen, a simulated bank whose doors open, "
        "parcels with labels, and the resident's phone.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    demo.add_argument(
        "--story",
        action="store_true",
        help="tell one drop and one pickup in the terminal instead, with the frames on the wire and the entries",
    )
    demo.add_argument("--seed", metavar="N", type=int, default=0, help="another run of chance, 0 if not given")
    demo.add_argument(
        "--keep", metavar="DIR", type=Path, help="leave the kiosk's files in DIR, which must be empty or not exist yet"
    )
    demo.add_argument("--port", metavar="N", type=_port, default=0, help="the page's port, any free one if not given")
    demo.add_argument("--no-browser", action="store_true", help="only print the page's address")
    demo.add_argument("--window", action="store_true", help="show the kiosk's own window as well")
    demo.set_defaults(run=demonstrate)


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 65_535:  # noqa: PLR2004 - what a port can be
        return int(text)
    message = f"a port from 1 to 65535 is allowed, not {text!r}"
    raise argparse.ArgumentTypeError(message)


def demonstrate(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    keep: Path | None = arguments.keep
    if keep is not None and (fault := _unfit(keep)):
        return complain(f"kiosk-sim demo: --keep {keep}: {fault}")
    if arguments.window and not _has_desktop():
        return complain(f"kiosk-sim demo: --window: a desktop is needed; none of {', '.join(DESKTOPS)} is set")
    with tempfile.TemporaryDirectory(prefix="kiosk-") if keep is None else nullcontext(keep) as directory:
        show = _tell if arguments.story else _serve
        code = show(Path(directory).absolute(), arguments)
    if keep is not None:
        print(f"The kiosk's files are in {keep}, its record is {keep / 'data' / 'kiosk.db'}.")
    return code


def _tell(directory: Path, arguments: argparse.Namespace) -> int:
    from hardware_sim.story import tell_story  # noqa: PLC0415 - heavy, and no wrong call needs it

    return DONE if tell_story(directory, sys.stdout, arguments.seed) else ANSWER_IS_NO


def _serve(directory: Path, arguments: argparse.Namespace) -> int:
    from hardware_sim.bench.bench import Bench, Options  # noqa: PLC0415 - heavy, and no wrong call needs it
    from hardware_sim.bench.server import serving  # noqa: PLC0415

    ends = end_signals()
    with ExitStack() as stack:
        bench = stack.enter_context(Bench(directory, Options(arguments.seed, window=arguments.window)))
        try:
            server = stack.enter_context(serving(bench, arguments.port))
        except OSError as error:
            return complain(f"kiosk-sim demo: --port {arguments.port}: {error.strerror}; another port is needed")
        print(f"The bench is at {server.address}", "Ctrl+C ends it.", sep="\n", flush=True)
        if not arguments.no_browser:
            _open_browser(server.address)
        ends.get()
    return DONE


def end_signals() -> "SimpleQueue[int]":
    """From now on the signals that ask for the end are put here. Only a queue of this kind may be written by a signal's
    handler while the same thread reads it: an event would wait for its own lock (queue.SimpleQueue, "reentrant").
    """
    ends: SimpleQueue[int] = SimpleQueue()
    for each in ENDS:
        signal.signal(each, lambda number, _frame: ends.put(number))
    return ends


def _open_browser(address: str) -> None:
    """Only where there is a desktop: in a terminal a text browser would take the terminal over."""
    if not _has_desktop():
        return
    with suppress(webbrowser.Error):
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _has_desktop() -> bool:
    return sys.platform != "linux" or any(os.environ.get(name) for name in DESKTOPS)


def _unfit(directory: Path) -> str:
    """Make the directory if need be; what keeps it from being used, or nothing."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            return "the directory is not empty"
    except OSError as error:
        return f"a directory that can be made and written is needed: {error.strerror}"
    return "" if os.access(directory, os.W_OK) else "the directory cannot be written"
