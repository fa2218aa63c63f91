"""`kiosk scan parse`: what a scanned label means.

Holds the command only. It must not know how a label is recognised.
"""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kiosk.cli.common import DONE, FROM_STDIN, BadInput, answer_lines, complain, print_json
from kiosk.core.carriers import LONGEST, Scan, parse_scan

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk scan parse 1Z5R89390357567127
  kiosk scan parse "420 22153 9101026837331000039521" --json
  kiosk scan parse --json - < labels.jsonl

A label that no carrier's number fits is an answer too: unknown. With --json - each line of standard input is one JSON
value, a string or {"text": "…"}, and is answered with one line.
Exit code 0, or 2 for a wrong call."""


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
