"""The invariants of the record as a whole, whenever a life of the kiosk begins or a card ends.

Holds what is asked of the file and of all that lies beside it; the names are those of the project's list of invariants.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace
from typing import Any

from hardware_sim.soak.facts import Facts
from hardware_sim.soak.holding import Invariant, hold
from kiosk.core import entries as e
from kiosk.core.entries import Entry
from kiosk.signing import check_signature
from storage.audit import verify
from storage.database import wal_bytes
from storage.marks import Keys
from storage.rebuild import compare_projections
from storage.record_file import record_file

QUOTED_DIGITS = re.compile(rb'"(\d+)"')
MOST_WAL_BYTES = 8 * 1024 * 1024


def _nothing_lost(facts: Facts, _: None) -> str:
    """Everything that was committed is there, just as it was, but for what the record says is erased."""
    stored = facts.stored
    erased = {place for entry in stored for place in _erased_by(entry)}
    for was, now in zip(facts.committed, stored, strict=False):
        if was != now and _as_kept(was, now, erased) != now:
            return f"#{was.seq} was {was.body}, and is {now.body}"
    lost = len(facts.committed) - len(stored)
    return f"{lost} entries were acknowledged and are gone" if lost > 0 else ""


def _erased_by(entry: Entry) -> Iterator[tuple[int, int]]:
    if isinstance(entry.body, e.PersonalDataErased):
        yield from ((entry.body.of_epoch, seq) for seq in entry.body.of_seqs)


def _as_kept(was: Entry, now: Entry, erased: AbstractSet[tuple[int, int]]) -> Entry:
    """A committed entry as the record may have it: the journal names the root of the epoch that it closes."""
    body = was.body
    if isinstance(body, e.EpochStarted) and isinstance(now.body, e.EpochStarted) and not body.previous_root:
        return replace(was, body=replace(body, previous_root=now.body.previous_root))
    if (was.epoch, was.seq) not in erased:
        return was
    private: dict[str, Any] = {field.name: field.default for field in fields(body) if field.metadata.get("private")}
    return replace(was, body=replace(body, **private), notice=None if was.notice is None else b"")


def _record_verified(facts: Facts, _: None) -> str:
    """Trees, signed checkpoints and attachments, as somebody verifies them who has nothing but the file and the key."""
    with record_file(facts.file.path) as connection:
        faults = verify(connection, keys=Keys((facts.verifier_key,), check_signature)).faults
    return str(faults[0]) if faults else ""


def _projections_agree(facts: Facts, _: None) -> str:
    differences = compare_projections(facts.file)
    return f"not what the entries add up to: {differences[0]}" if differences else ""


def _no_code_in_clear(facts: Facts, _: None) -> str:
    codes = {str(notice["code"]).encode(): notice["parcel"] for notice in facts.house.phones.notices}
    found = (code for text in facts.clear_text() for code in QUOTED_DIGITS.findall(text))
    return next((f"the code of {codes[code]} stands in clear" for code in found if code in codes), "")


def _wal_bounded(facts: Facts, _: None) -> str:
    size = wal_bytes(facts.file.path)
    return f"the WAL has {size} bytes" if size >= MOST_WAL_BYTES else ""


def hold_record(facts: Facts) -> None:
    """Look at the record as a whole. Raises ViolationError."""
    facts.read_record()
    hold(RECORD, facts, None)


RECORD: tuple[Invariant[None], ...] = (
    Invariant("S4", _nothing_lost),
    Invariant("S13", _record_verified),
    Invariant("S15", _projections_agree),
    Invariant("S12", _no_code_in_clear),
    Invariant("L6", _wal_bounded),
)
