"""`kiosk scan parse`: what a scanned label means; `kiosk scan decode`: the codes in pictures. `kiosk scan learn` stands
beside.

Holds the commands only. It must not know how a label is recognised, nor how a code is read.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import learn
from kiosk.cli.common import DONE, FROM_STDIN, WRONG_INPUT, BadInput, answer_lines, complain, print_json
from kiosk.core.carriers import LONGEST, Scan, parse_scan
from kiosk.core.carriers.symbologies import take_prefix

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk scan parse 1Z5R89390357567127
  kiosk scan parse "420 22153 9101026837331000039521" --json
  kiosk scan parse --json - < labels.jsonl

A label that no carrier's number fits is an answer too: unknown. With --json - each line of standard input is one JSON
value, a string or {"text": "…"}, and is answered with one line.
Exit code 0, or 2 for a wrong call."""
DECODE_EXAMPLE = """examples:
  kiosk scan decode label.jpg
  kiosk scan decode *.png --json

Reads Code 128, GS1-128, ITF-14, Code 39, EAN and UPC, QR, Data Matrix, PDF417, Aztec, and MaxiCode where it is alone
in the picture. Files: PNG, JPEG, GIF, BMP. As the camera does, which also waits for two frames that agree on bars.
With --json the object has results and errors, each with its file. A picture without a code is an answer too.
Exit code 0, or 2 if one of the files is no picture that can be read."""


def register(commands: "Commands") -> None:
    """Add the commands to the parser."""
    scan = commands.add_parser("scan", help="read labels", description="Read labels.")
    actions = scan.add_subparsers(metavar="ACTION", required=True)
    parser = actions.add_parser(
        "parse",
        help="say what a scanned label means",
        description="Say which carrier's label a scanned text is, and its tracking number.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("text", metavar="TEXT", help="the text as the scanner gave it, or - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=parse)
    parser = actions.add_parser(
        "decode",
        help="read the barcodes in pictures",
        description="Read the barcodes in pictures, as the camera does.",
        epilog=DECODE_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", help="a file: PNG, JPEG, GIF or BMP")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output: results, errors")
    parser.set_defaults(run=decode)
    learn.register(actions)


def parse(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    if arguments.text == FROM_STDIN:
        if not arguments.json:
            return complain("kiosk scan parse: standard input (-) is read with --json only, one JSON value per line")
        return answer_lines(_answer)
    scan = parse_scan(arguments.text)
    if arguments.json:
        print_json(_fields(scan))
    else:
        print("\n".join(_lines(scan)))
    return DONE


def _answer(value: object) -> Mapping[str, object]:
    text = value
    if isinstance(value, dict):
        if unknown := sorted(value.keys() - {"text"}):
            message = f"unknown key {unknown[0]!a}; text is allowed"
            raise BadInput(message)
        text = value.get("text")
    if not isinstance(text, str):
        message = 'a line must be a string, or an object such as {"text": "1Z5R89390357567127"}'
        raise BadInput(message)
    return _fields(parse_scan(text))


def _fields(scan: Scan) -> Mapping[str, object]:
    return {
        "carrier": scan.carrier,
        "candidates": list(scan.candidates),
        "service": scan.service,
        "tracking_number": scan.tracking_number,
        "check": scan.check,
        "symbology": scan.symbology,
        "raw": scan.raw,
    }


def _lines(scan: Scan) -> list[str]:
    """The answer for a person. Every character that could move a terminal's cursor is escaped."""
    told = {
        "carrier": scan.carrier,
        "fits": ", ".join(scan.candidates) if len(scan.candidates) > 1 else None,
        "service": scan.service,
        "tracking number": scan.tracking_number,
        "check digit": scan.check,
        "symbology": scan.symbology,
        "text": ascii(scan.raw) if len(scan.raw) <= LONGEST else f"{len(scan.raw)} characters; {LONGEST} are allowed",
    }
    return [f"{name + ':':17}{value}" for name, value in told.items() if value is not None]


# --- pictures ---


def decode(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    results: list[dict[str, str | None]] = []
    errors: list[dict[str, str]] = []
    for name in arguments.pictures:
        try:
            found = _codes(name)
        except BadInput as error:
            errors.append({"file": name, "error": str(error)})
            complain(f"kiosk scan decode: {_printable(name)} {error}")
            continue
        results += found
        if not arguments.json:
            print("\n".join(_told(code) for code in found) or f"{_printable(name)}: no code")
    if arguments.json:
        print_json({"results": results, "errors": errors})
    return WRONG_INPUT if errors else DONE


def _codes(name: str) -> list[dict[str, str | None]]:
    """Raises BadInput for a file that is no picture."""
    from drivers.camera.decode import read  # noqa: PLC0415 - heavy, and `scan parse` needs neither
    from drivers.camera.files import PictureError, load_picture  # noqa: PLC0415

    try:
        picture = load_picture(Path(name))
    except PictureError as error:
        raise BadInput(str(error)) from None
    parts = [take_prefix(reading.text) for reading in read(picture)]
    return [{"file": name, "symbology": symbology, "text": text} for symbology, text in parts]


def _told(code: Mapping[str, str | None]) -> str:
    return f"{_printable(code['file'] or '')}: {code['symbology']}: {code['text']!a}"


def _printable(name: str) -> str:
    """A file may be called anything; a terminal's cursor must not move by it."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
