"""Audit: the whole record recomputed from the file alone, against its tree, its checkpoints and those held elsewhere.

Holds what is compared with what, and which entry is the first bad one. It must not know how a signature is checked, and
believes nothing that the file says of itself but what follows from a root that somebody else holds.
"""

import hmac
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import merge
from itertools import takewhile

from kiosk.core.entries import NAMES, PersonalDataErased, canonical
from kiosk.core.merkle import Frontier, extend, leaf_hash, root
from storage.gone import NOTHING_DELETED, Gone, deleted_in
from storage.heads import frontier_of
from storage.marks import Held, Keys, Mark, by_size, closed_at, given_marks, kept_marks, start_of
from storage.record_file import tables_in
from storage.schema import NOTICE, PRIVATE

CHUNK = 2_000
"""Entries taken at a time where no checkpoint is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Entries that are not what was recorded: the first is ``seq``; with ``last`` beyond it, one of those up to it."""

    epoch: int
    seq: int
    last: int
    what: str

    def __str__(self) -> str:
        if self.last == self.seq:
            return f"entry {self.seq} of epoch {self.epoch} {self.what}"
        return f"one of the entries {self.seq} to {self.last} of epoch {self.epoch}, or more of them, {self.what}"


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch's rows add up to."""

    epoch: int
    entries: int
    root: bytes
    checkpoints: int
    """Checkpoints in the database that fit."""
    covered: int
    """Size of the newest of them."""
    held: int
    """Size of the newest one held elsewhere that fits."""
    names_the_one_before: bool
    """Whether its first entry holds the last root of an epoch that is in this file too."""
    faults: tuple[Fault, ...] = ()
    deleted: bool = False
    """Whether an entry says that it was deleted; its root is what is left of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer."""

    epochs: tuple[Epoch, ...]
    attachments: tuple[Fault, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, the first bad entry first."""
        found = [*(fault for epoch in self.epochs for fault in epoch.faults), *self.attachments]
        return tuple(sorted(found, key=lambda fault: (fault.epoch, fault.seq, fault.last)))

    @property
    def entries(self) -> int:
        return sum(epoch.entries for epoch in self.epochs)

    @property
    def unsigned_tail(self) -> int:
        """Entries that no checkpoint in the database covers."""
        return sum(epoch.entries - epoch.covered for epoch in self.epochs)

    @property
    def unprotected_tail(self) -> int:
        """Entries that could be others without anybody noticing: not covered by a checkpoint that is held elsewhere."""
        return self.entries - sum(self.protected.values())

    @property
    def protected(self) -> Mapping[int, int]:
        """How many entries of each epoch are covered by a checkpoint that is held elsewhere: of this epoch, or of one
        that names its root.
        """
        found, through = dict[int, int](), False
        for epoch in reversed(self.epochs):
            found[epoch.epoch] = epoch.entries if through else epoch.held
            through = (through or epoch.held > 0) and epoch.names_the_one_before
        return found


def verify(connection: sqlite3.Connection, held: Sequence[Held] = (), keys: Keys | None = None) -> Verdict:
    """Recompute everything. Without ``keys`` no signature is checked. Raises sqlite3.Error for a file that is none."""
    tables = tables_in(connection)
    numbers = {number for table in ("entries", "head") for number in _epochs_in(connection, table)}
    numbers |= {each.epoch for each in held}
    starts = {number: start_of(connection, number) for number in numbers}
    found, promised, gone = [], Promised(), deleted_in(connection) if "closings" in tables else NOTHING_DELETED
    for number in sorted(numbers):
        marks = merge(
            kept_marks(connection, number, keys) if "checkpoints" in tables else (),
            sorted(given_marks(number, held, starts), key=by_size),
            key=by_size,
        )
        if number <= gone.up_to:
            found.append(_deleted(connection, number, gone, marks))
            continue
        before = starts[number].previous_epoch in numbers and bool(starts[number].previous_root)
        reader = _Reader(connection, number, closed_at(number, starts), promised=promised)
        found.append(reader.verified(marks, names_the_one_before=before))
    if "attachments" not in tables:
        return Verdict(tuple(found))
    # A record that is not whole is not asked what was erased: the entry that says so may be one that was not read.
    whole = not any(epoch.faults for epoch in found)
    return Verdict(tuple(found), tuple(_attachments(connection, promised if whole else None)))


def _epochs_in(connection: sqlite3.Connection, table: str) -> list[int]:
    return [number for (number,) in connection.execute(f"SELECT DISTINCT epoch FROM {table}")]  # noqa: S608 - our names


def _deleted(connection: sqlite3.Connection, number: int, gone: Gone, marks: Iterator[Mark]) -> Epoch:
    """What is left of a deleted epoch: a head, perhaps a checkpoint, and what is said of its end elsewhere."""
    size, stored = _head(connection, number)
    end = root(frontier_of(stored))
    faults = list(_not_gone(connection, number))
    if number == gone.up_to and (size, end.hex()) != (gone.size, gone.root):
        faults.append(Fault(number, 0, max(0, size - 1), "ended otherwise, says the entry that deleted them"))
    for mark in marks:
        if mark.wrong or mark.size > size or (mark.size == size and mark.root != end):
            what = f"cannot be what {mark.said_by} covers: they were deleted as others"
            faults.append(Fault(number, 0, max(0, mark.size - 1), what))
    return Epoch(number, 0, end, 0, 0, 0, names_the_one_before=False, faults=tuple(faults), deleted=True)


def _head(connection: sqlite3.Connection, epoch: int) -> tuple[int, bytes]:
    """Its size and its frontier as stored; of nothing if there is none."""
    row = connection.execute("SELECT size, frontier FROM head WHERE epoch = ?", (epoch,)).fetchone()
    return (0, b"") if row is None else (row[0], row[1])


def _not_gone(connection: sqlite3.Connection, number: int) -> Iterator[Fault]:
    query = "SELECT min(seq), max(seq) FROM entries WHERE epoch = ?"
    first, last = connection.execute(query, (number,)).fetchone()
    if first is not None:
        yield Fault(number, first, last, "is still there, although an entry says that it was deleted")


# --- one epoch ---


@dataclass(slots=True)
class Promised:
    """What the entries that were read say of attachments: which there must be, and which were erased."""

    committed: set[tuple[int, int, str]] = field(default_factory=set)
    erased: set[tuple[int, int]] = field(default_factory=set)

    def take(self, epoch: int, rows: Sequence[tuple[int, bytes]]) -> None:
        """Told by their bytes: within a value the quotes would be escaped, and a million bodies are not parsed."""
        self.committed.update([(epoch, seq, PRIVATE) for seq, body in rows if _PRIVATE_IN in body])
        self.committed.update([(epoch, seq, NOTICE) for seq, body in rows if _NOTICE_IN in body])
        for erasure in [body for _, body in rows if _ERASED_IN in body]:
            data = json.loads(erasure)["data"]
            self.erased.update((data["of_epoch"], seq) for seq in data["of_seqs"])


_PRIVATE_IN, _NOTICE_IN = b'"private":"', b'"notice":"'
_ERASED_IN = b'"type":' + canonical(NAMES[PersonalDataErased])


@dataclass(slots=True)
class _Reader:
    """Goes through the rows of one epoch once, and stops at the first that is not what it must be."""

    connection: sqlite3.Connection
    epoch: int
    closed_at: int | None
    size: int = 0
    frontier: Frontier = ()
    faults: list[Fault] = field(default_factory=list)
    promised: Promised = field(default_factory=Promised)
    checkpoints: int = 0
    covered: int = 0
    held: int = 0

    def verified(self, marks: Iterator[Mark], *, names_the_one_before: bool) -> Epoch:
        query = "SELECT seq, body FROM entries WHERE epoch = ? ORDER BY seq"
        rows = self.connection.execute(query, (self.epoch,))
        for _ in takewhile(lambda mark: self._meets(mark, rows), marks):
            """One checkpoint after the other, up to the first that does not fit."""
        if not self.faults:
            self._to_the_end(rows)
        whole = not self.faults
        entries = self.size if whole else self._count()
        return Epoch(
            self.epoch,
            entries,
            root(self.frontier) if whole else b"",
            self.checkpoints,
            self.covered,
            self.held,
            names_the_one_before,
            tuple(self.faults),
        )

    def _count(self) -> int:
        (count,) = self.connection.execute("SELECT count(*) FROM entries WHERE epoch = ?", (self.epoch,)).fetchone()
        return int(count)

    def _meets(self, mark: Mark, rows: sqlite3.Cursor) -> bool:
        """Whether the entries up to the mark are those that it speaks of; they are taken in if so."""
        first = self.size
        leaves, broken = self._next(rows, mark.size - first)
        after = extend(self.frontier, first, leaves)
        if broken is None and root(after) == mark.root:
            self.size, self.frontier = mark.size, after
            return self._taken(mark, first, leaves)
        self.faults.append(self._first_bad(mark, leaves, broken))
        return False

    def _taken(self, mark: Mark, first: int, leaves: Sequence[bytes]) -> bool:
        self.held = mark.size if mark.held else self.held
        if not mark.kept:
            return True
        own = b"".join(leaves) if first == self.covered else b""
        if mark.leaves and own and mark.leaves != own:
            self._fault(first, mark.size - 1, f"{mark.said_by} was changed: its leaves are not theirs")
            return False
        self.checkpoints, self.covered = self.checkpoints + 1, mark.size
        return True

    def _first_bad(self, mark: Mark, leaves: Sequence[bytes], broken: Fault | None) -> Fault:
        if mark.wrong and broken is None:
            return Fault(self.epoch, self.size, mark.size - 1, f"cannot be vouched for: {mark.said_by} {mark.wrong}")
        for seq, (leaf, signed) in enumerate(zip(leaves, self._signed_leaves(mark), strict=False), self.size):
            if leaf != signed:
                return Fault(self.epoch, seq, seq, f"is not the one that {mark.said_by} covers: it was changed")
        if broken is not None:
            return broken
        # What only the file says, its own checkpoints included, may have been made anew with a stolen key.
        first = self.size if mark.kept else self.held
        return Fault(self.epoch, first, mark.size - 1, f"is not what {mark.said_by} covers: it was changed")

    def _signed_leaves(self, mark: Mark) -> tuple[bytes, ...]:
        """The leaves that were signed, if the mark has them and they lead to its root; then they are no less certain
        than the root itself.
        """
        try:
            leaves = frontier_of(mark.leaves)[max(0, self.size - self.covered) :]
        except ValueError:
            return ()
        return leaves if leaves and root(extend(self.frontier, self.size, leaves)) == mark.root else ()

    def _next(self, rows: sqlite3.Cursor, count: int) -> tuple[list[bytes], Fault | None]:
        """The hashes of the next ``count`` entries; fewer, and why, if one of them is not where it belongs."""
        leaves: list[bytes] = []
        while len(leaves) < count:
            seq = self.size + len(leaves)
            try:
                taken = rows.fetchmany(min(CHUNK, count - len(leaves)))
            except sqlite3.Error as error:
                return leaves, Fault(self.epoch, seq, seq, f"cannot be read: {error}")
            good = next((at for at, row in enumerate(taken, seq) if not _in_place(row, at)), seq + len(taken)) - seq
            leaves += [leaf_hash(body) for _, body in taken[:good]]
            self.promised.take(self.epoch, taken[:good])
            if good < len(taken) or not taken:
                return leaves, self._out_of_place(seq + good, taken[good] if taken else None)
        return leaves, None

    def _out_of_place(self, seq: int, row: tuple[int, bytes] | None) -> Fault:
        what = "is missing" if row is None or row[0] != seq else "says that it is another one: it was changed or moved"
        return Fault(self.epoch, seq, seq, what)

    def _fault(self, first: int, last: int, what: str) -> None:
        self.faults.append(Fault(self.epoch, first, last, what))

    def _to_the_end(self, rows: sqlite3.Cursor) -> None:
        """The entries after the last checkpoint, which only the head of the tree speaks of."""
        head_size, stored = _head(self.connection, self.epoch)
        while self.size < head_size and not self.faults:
            leaves, broken = self._next(rows, min(CHUNK, head_size - self.size))
            if broken is not None:
                self.faults.append(broken)
                return
            self.size, self.frontier = self.size + len(leaves), extend(self.frontier, self.size, leaves)
        if rows.fetchone() is not None or self.size > head_size:
            self._fault(head_size, head_size, "was added: the tree ends before it")
        elif self.closed_at is not None and self.size > self.closed_at:
            self._fault(self.closed_at, self.closed_at, "was added: the next epoch began before it")
        elif b"".join(self.frontier) != stored:
            first = max(self.covered, self.held, self._first_other_subtree(stored))
            self._fault(first, max(first, head_size - 1), "is not what the head of the tree covers: it was changed")

    def _first_other_subtree(self, stored: bytes) -> int:
        """Where the first complete subtree begins that the head has otherwise."""
        first, left = 0, self.size
        for number, own in enumerate(self.frontier):
            if stored[number * len(own) : (number + 1) * len(own)] != own:
                return first
            largest = 1 << left.bit_length() - 1
            first, left = first + largest, left - largest
        return 0


def _in_place(row: tuple[int, bytes], seq: int) -> bool:
    """Keys are sorted in a body, so this is where its own number stands; within a value the quotes would be escaped."""
    return row[0] == seq and b',"seq":%d,"type":' % seq in row[1]


# --- attachments ---


def _attachments(connection: sqlite3.Connection, promised: Promised | None) -> Iterator[Fault]:
    """Attachments that are not what their entry committed to, or that are missing or still there although an entry says
    otherwise.
    """
    query = "SELECT a.epoch, a.seq, a.kind, a.bytes, a.record_key, e.body FROM attachments a LEFT JOIN entries e USING"
    there: set[tuple[int, int, str]] = set()
    for epoch, seq, kind, stored, record_key, body in connection.execute(f"{query} (epoch, seq)"):
        there.add((epoch, seq, kind))
        if _committed(kind, stored, record_key or b"") not in (body or b""):
            yield Fault(epoch, seq, seq, f"has another {kind} attachment than it committed to")
    if promised is not None:
        yield from _broken_promises(promised, there)


def _broken_promises(promised: Promised, there: AbstractSet[tuple[int, int, str]]) -> Iterator[Fault]:
    for epoch, seq, kind in promised.committed - there:
        if (epoch, seq) not in promised.erased:
            yield Fault(epoch, seq, seq, f"lacks its {kind} attachment, and no entry says that it was erased")
    for epoch, seq, kind in there:
        if (epoch, seq) in promised.erased:
            yield Fault(epoch, seq, seq, f"still has its {kind} attachment, although an entry says that it was erased")


def _committed(kind: str, stored: bytes, record_key: bytes) -> bytes:
    if kind == PRIVATE:
        return b'"private":"%s"' % hmac.digest(record_key, stored, "sha256").hex().encode()
    return b'"%s":"%s"' % (NOTICE.encode(), sha256(stored).hexdigest().encode())
