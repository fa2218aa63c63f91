"""`kiosk scan learn`: which input device or port a scanner, a keypad or a badge reader is, found by using it.

Holds the command only: what it was given, and the lines for the settings file. It must not know how a device is read.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, complain, print_json
from kiosk.config.inputs import BAUDS
from kiosk.config.reader import ID
from kiosk.core.carriers.maxicode import GS
from kiosk.core.carriers.symbologies import take_prefix
from kiosk.core.events import Event, KeyPressed, Scanned

if TYPE_CHECKING:
    from drivers.input.candidates import Around, Candidate
    from kiosk.cli.common import Commands

USUAL_SECONDS, MOST_SECONDS = 30.0, 600.0
USES = {
    "scanner": ("front", "scan a label"),
    "keypad": ("pad", "press one of its digits"),
    "badge-reader": ("door", "show a badge"),
}
"""What can be learned: its usual id, and what the person is to do."""
EXAMPLE = """examples:
  kiosk scan learn
  kiosk scan learn keypad
  kiosk scan learn --label "42022153<GS>9101026837331000039521"
  kiosk scan learn badge-reader --id gate --seconds 60 --json
  kiosk scan learn --baud 115200 --leave /dev/serial/by-path/platform-usb-0:1:1.0-port0

Watches every input device that has the keys and every serial port, and says which of them it was. Nothing is sent to
any of them; what is typed meanwhile goes nowhere else, so a keyboard beside it is dead until the command ends. A serial
port is opened, which raises its DTR and RTS: --leave the ports of lock boards out. A device that another program holds,
such as the running kiosk, is not watched, and said to be so. With --label, the text of the label that is scanned, what
came is compared with it: a scanner set to another keyboard, Caps Lock, or a GS that is left out is told.
Exit code 0, 1 if nothing was heard or nothing can be watched, 2 for a wrong call."""


def register(actions: "Commands") -> None:
    """Add the command to those of `kiosk scan`."""
    parser = actions.add_parser(
        "learn",
        help="find which device a scanner, keypad or badge reader is",
        description="Find which input device or port a scanner, keypad or badge reader is, by using it once.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", metavar="WHAT", nargs="?", choices=USES, default="scanner", help=", ".join(USES))
    parser.add_argument("--id", type=_name, help="its name in the settings; front, pad or door if not given")
    parser.add_argument("--seconds", type=_seconds, default=USUAL_SECONDS, help="how long to watch; 30 if not given")
    parser.add_argument("--label", metavar="TEXT", type=_label, help="of a scanner: what the label says, <GS> for a GS")
    parser.add_argument("--baud", type=int, choices=BAUDS, default=9600, help="of serial ports; 9600 if not given")
    parser.add_argument("--leave", metavar="PORT", action="append", default=[], help="a port not to open; repeatable")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=learn)


def _name(text: str) -> str:
    if not ID.pattern.fullmatch(text):
        message = f"{ID.allowed} is allowed"
        raise argparse.ArgumentTypeError(message)
    return text


def _label(text: str) -> str:
    return text.replace("<GS>", GS)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= MOST_SECONDS:
        message = f"a number above 0 and up to {MOST_SECONDS:g} is allowed"
        raise argparse.ArgumentTypeError(message)
    return seconds


def learn(arguments: argparse.Namespace, around: "Around | None" = None) -> int:
    """Run the command; the exit code. ``around`` is the system if it is not given."""
    from drivers.input.candidates import Around, Use, candidates  # noqa: PLC0415 - heavy, and `scan parse` needs none
    from drivers.input.learning import Watch  # noqa: PLC0415

    use, around = Use(arguments.what.replace("-", "_")), around or Around()
    left = {Path(port).resolve() for port in arguments.leave}
    found = [each for each in candidates(use, around) if each.path.resolve() not in left]
    watch = Watch(found, use, around, arguments.baud)
    for candidate, why in watch.refused.items():
        complain(f"kiosk scan learn: {candidate.path} is not watched: {why}")
    if not watch.devices:
        return _nothing(arguments, "there is no device that could be it and can be opened")
    _say(f"Watching {len(watch.devices)} of {len(found)} devices: {USES[arguments.what][1]} now.")
    try:
        heard = watch.first(arguments.seconds)
    finally:
        watch.close()
    if heard is None:
        return _nothing(arguments, f"nothing was heard within {arguments.seconds:g} s")
    return _answer(arguments, *heard)


def _say(sentence: str) -> None:
    """On standard error: standard output is for the answer."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _nothing(arguments: argparse.Namespace, why: str) -> int:
    if arguments.json:
        print_json({"ok": False, "port": None, "lines": None, "heard": None, "remark": None, "error": why})
    else:
        complain(f"kiosk scan learn: {why}")
    return ANSWER_IS_NO


def _answer(arguments: argparse.Namespace, candidate: "Candidate", event: Event) -> int:
    lines, heard = _lines(arguments, candidate), _told(event)
    remark = compared(arguments.label, event.text.reveal()) if arguments.label and isinstance(event, Scanned) else None
    if arguments.json:
        found = {"ok": True, "port": str(candidate.path), "lines": lines, "heard": heard}
        print_json({**found, "remark": remark, "error": None})
    else:
        print("\n".join([*lines, f"# heard: {heard}", *([f"# {remark}"] if remark else [])]))
    return DONE


def compared(label: str, heard: str) -> str:
    """What is to be said of a scanner that made ``heard`` of a label with the text ``label``."""
    symbology, text = take_prefix(heard)
    kind = f"it names the kind of symbol ({symbology})" if symbology else "it does not name the kind of symbol"
    text = text.removeprefix(GS)  # FNC1 in the first place, which a scanner may send or not
    if text == label:
        return f"as on the label; {kind}"
    if text == label.replace(GS, ""):
        return f"GS is left out: set the scanner to send FNC1 as GS; {kind}"
    if text == label.swapcase():
        return "the case of letters is turned round: switch Caps Lock off, or set the scanner not to mind it"
    at = next((at for at, (one, other) in enumerate(zip(text, label, strict=False)) if one != other), None)
    if at is None:
        return f"{len(text)} characters came, the label has {len(label)}; set the scanner to send the whole symbol"
    there = f"character {at + 1} came as {text[at]!a}, the label has {label[at]!a}"
    return f"{there}: the scanner is set to another keyboard than the US one, or that was another label"


def _lines(arguments: argparse.Namespace, candidate: "Candidate") -> list[str]:
    """For kiosk.toml."""
    lines = [f"[[{arguments.what.replace('-', '_')}]]", f'id = "{arguments.id or USES[arguments.what][0]}"']
    lines += [] if arguments.what == "keypad" else [f'kind = "{candidate.how}"']
    lines += [f'port = "{candidate.path}"']
    return lines + ([f"baud = {arguments.baud}"] if candidate.how == "serial" else [])


def _told(event: Event) -> str:
    """What came, to be compared with what was scanned. A badge is not shown to whoever looks at the terminal."""
    match event:
        case Scanned(text=text):
            return ascii(text.reveal())
        case KeyPressed(key=key):
            return f"key {key.reveal()}"
        case _:
            return "a badge"
