"""What the audit commands share: how one is added, the files and keys that it is given, and how it says no.

Holds nothing of any one command.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, BadInput, complain, give_way, print_json
from kiosk.core.notes import NoteError, VerifierKey, verifier_key

if TYPE_CHECKING:
    import sqlite3

    from kiosk.cli.common import Commands

LARGEST_FILE = 4_000_000


def add_command(
    actions: "Commands", name: str, summary: str, example: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """A command with --json, whose wrong input is told in one sentence."""
    parser = actions.add_parser(
        name,
        help=summary,
        description=f"{summary.capitalize()}.",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def told(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except BadInput as error:
            return complain(f"kiosk audit {name}: {error}")

    parser.set_defaults(run=told)
    return parser


def takes_database(parser: argparse.ArgumentParser) -> None:
    """The operand DB."""
    parser.add_argument("db", metavar="DB", type=Path, help="the database of a kiosk, or a copy of it")


def takes_vkey(parser: argparse.ArgumentParser) -> None:
    """The option --vkey."""
    parser.add_argument("--vkey", metavar="K", action="append", default=[], help="a verifier key; may be repeated")


def keys_of(given: list[str]) -> tuple[VerifierKey, ...]:
    """The verifier keys that were given. Raises BadInput."""
    try:
        return tuple(map(verifier_key, given))
    except NoteError as error:
        message = f"--vkey: {error}"
        raise BadInput(message) from error


def text_of(path: Path) -> str:
    """The text in a file. Raises BadInput."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) <= LARGEST_FILE:
            return content.decode()
        message = f"{path}: at most {LARGEST_FILE} bytes are allowed"
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = f"{path}: text in UTF-8 is allowed"
    raise BadInput(message)


@contextmanager
def record_at(path: Path) -> "Iterator[sqlite3.Connection]":
    """The record in a file, to be read from end to end, perhaps beside the kiosk that writes it. Raises BadInput."""
    from storage.record_file import RecordFileError, record_file  # noqa: PLC0415 - heavy: --help answers without it

    give_way()
    try:
        with record_file(path) as connection:
            yield connection
    except RecordFileError as error:
        raise BadInput(str(error)) from error


def answer_no(arguments: argparse.Namespace, sentence: str) -> int:
    """Say why the answer is no; the exit code."""
    if arguments.json:
        print_json({"ok": False, "error": sentence})
    else:
        complain(sentence)
    return ANSWER_IS_NO
