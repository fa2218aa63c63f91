"""`kiosk board probe`: which lock boards answer on a port.

Holds the command: what it was given, and how the answer is told. It must not know a frame, nor how a board is found.
"""

import argparse
import re
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from drivers.boards import BOARDS
from kiosk.cli.common import ANSWER_IS_NO, DONE, BadInput, add_command, complain, print_json
from kiosk.cli.given import Given
from kiosk.config.inputs import BAUDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.survey import FoundBoard, Surveyed
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk board probe --port /dev/serial/by-path/platform-xhci-usb-0:1.2:1.0-port0
  kiosk board probe --port /dev/serial/by-path/… --family shuoming --addresses 1-8 --json

Sends reads only, and none that a board of any family could take for more; so one address of winnsen is never asked. A
board is believed after two answers. Each address takes about an eighth of a second, all families with all their
addresses about 75 seconds. Boards that were set to another speed than they are delivered with need --baud.
Exit code 0, 1 if no board answers, an answer is unclear or the port cannot be used, 2 for a wrong call."""
RANGE = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", re.ASCII)


def register(actions: "Commands") -> None:
    """Add the command to the parser of `kiosk board`."""
    summary = "find the boards on a port, with reads only"
    parser = add_command(actions, "probe", summary, EXAMPLE, run)
    parser.add_argument("--port", metavar="PATH", required=True, help="the serial port")
    parser.add_argument("--family", help="ask as this family only")
    parser.add_argument("--baud", help="ask at this speed, instead of the one each family is delivered with")
    parser.add_argument("--addresses", metavar="A-B", help="ask these addresses only, such as 1-8")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from drivers.serial_port import PORT_ERRORS  # noqa: PLC0415 - heavy: --help answers without it
    from drivers.survey import NoisyLineError, questions, survey  # noqa: PLC0415 - as above

    families, baud, addresses = _wanted(arguments)
    asked = questions(families, baud, addresses)
    if not asked:
        message = f"--addresses: no address of {', '.join(families)} is among them"
        raise BadInput(message)
    try:
        found = survey(arguments.port, asked, lambda: time.monotonic_ns() // 1000, _progress)
    except (*PORT_ERRORS, NoisyLineError) as error:
        return _no(arguments, f"{arguments.port}: {error}")
    return _told(arguments, found)


def _wanted(arguments: argparse.Namespace) -> tuple[list[str], int | None, range | None]:
    given = Given.from_options({key: getattr(arguments, key) for key in ("family", "baud", "addresses")})
    families = [given.one_of("family", BOARDS)] if arguments.family is not None else list(BOARDS)
    baud = int(given.one_of("baud", tuple(map(str, BAUDS)))) if arguments.baud is not None else None
    return families, baud, _addresses(arguments.addresses)


def _addresses(text: str | None) -> range | None:
    if text is None:
        return None
    ends = RANGE.fullmatch(text)
    first, last = (int(ends[1]), int(ends[2] or ends[1])) if ends is not None else (1, 0)
    if first > last:
        message = "--addresses: one address or a range such as 1-8 is allowed"
        raise BadInput(message)
    return range(first, last + 1)


def _progress(done: int, total: int) -> None:
    """On one line that is written over, and only for a person: a pipe would fill with it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} addresses asked" + ("\n" if done == total else ""))
        sys.stderr.flush()


def _no(arguments: argparse.Namespace, sentence: str) -> int:
    if arguments.json:
        print_json({"boards": [], "error": sentence})
    else:
        complain(f"kiosk board probe: {sentence}")
    return ANSWER_IS_NO


def _told(arguments: argparse.Namespace, found: "Surveyed") -> int:
    if arguments.json:
        unasked = [{"family": each.family, "baud": each.baud, "address": each.address} for each in found.unasked]
        unclear: list[Mapping[str, object]] = [asdict(each) for each in found.unclear]
        print_json({"boards": [asdict(each) for each in found.boards], "unclear": unclear, "unasked": unasked})
    else:
        _tell(found)
    return DONE if found.boards and not found.unclear else ANSWER_IS_NO


def _tell(found: "Surveyed") -> None:
    for board in found.boards:
        print(_line(board))
    for unclear in found.unclear:
        complain(f"{unclear.family}, {unclear.baud} baud, address {unclear.address}: {unclear.why}")
    if not found.boards and not found.unclear:
        complain("no board answers: look at its supply, the line's two wires, its speed (--baud), its address")


def _line(board: "FoundBoard") -> str:
    channels = "" if board.channels is None else f", {board.channels} channels"
    version = "" if board.version is None else f", version {board.version}"
    echo = "; the adapter returns what it sends" if board.echo else ""
    return f"{board.family}, {board.baud} baud, address {board.address}{channels}{version}{echo}"
