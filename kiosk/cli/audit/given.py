"""What the audit commands share: the files and keys that they are given.

Holds nothing of any one command.
"""

import argparse
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import BadInput, give_way
from kiosk.core.notes import NoteError, VerifierKey, verifier_key

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

LARGEST_FILE = 4_000_000


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
