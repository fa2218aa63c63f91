"""What the audit commands share: the files and keys that they are given.

Holds nothing of any one command.
"""

import argparse
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import BadInput, give_way
from kiosk.core.notes import NoteError, VerifierKey, log_of, read_signed_checkpoint, signers, verifier_key
from kiosk.signing import check_signature

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from storage.audit import Verdict
    from storage.marks import Held

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


def takes_checkpoints(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """The option --checkpoint."""
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        required=required,
        help="a checkpoint held elsewhere",
    )


def held_in(paths: "Sequence[Path]", keys: tuple[VerifierKey, ...]) -> "tuple[tuple[Held, str], ...]":
    """The checkpoints in files, each with the kiosk that it is of. With keys each must be signed by one of them. Raises
    BadInput.
    """
    return tuple(_held(path, keys) for path in paths)


def _held(path: Path, keys: tuple[VerifierKey, ...]) -> tuple["Held", str]:
    """The checkpoint in a file, and the kiosk that it is of. With keys it must be signed by one of them."""
    from storage.marks import Held, Keys  # noqa: PLC0415 - heavy: --help answers without it

    try:
        note, found = read_signed_checkpoint(text_of(path))
        if keys:
            signers(note, Keys(keys, check_signature).of(found.origin), check_signature)
    except NoteError as error:
        message = f"{path}: {error}"
        raise BadInput(message) from error
    if not found.epoch:
        message = f"{path}: its origin {found.origin} names no epoch of a kiosk, such as lockers.example/kiosk-1/e1"
        raise BadInput(message)
    return Held(found.epoch, found.size, found.root), log_of(found.origin).rpartition("/")[2]


def verdict_on(
    connection: "sqlite3.Connection", held: "tuple[tuple[Held, str], ...]", keys: tuple[VerifierKey, ...]
) -> "Verdict":
    """The whole record recomputed; without keys no signature is checked. Raises BadInput for a checkpoint of another
    kiosk's record.
    """
    from storage.audit import verify  # noqa: PLC0415 - as above
    from storage.marks import Keys  # noqa: PLC0415 - as above

    _refuse_others(connection, held)
    known = Keys(keys, check_signature) if keys else None
    return verify(connection, tuple(each for each, _ in held), known)


def _refuse_others(connection: "sqlite3.Connection", held: "tuple[tuple[Held, str], ...]") -> None:
    from storage.proofs import kiosk_of  # noqa: PLC0415 - as above

    own = kiosk_of(connection)
    for _, kiosk in held:
        if kiosk != own:
            message = f"--checkpoint: is one of kiosk {kiosk}, and this is the record of {own}"
            raise BadInput(message)


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
