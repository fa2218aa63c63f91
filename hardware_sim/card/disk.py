"""A disk as it may be found after its power failed: what was done to its files, and what of it is there afterwards.

Holds the operations, what has become durable, and the images that a cut may leave. It must not know SQLite.

The model, as SQLite's own crash tests have it (test6.c in its source): what was synced is there. Of what was not, each
sector of each write, and each cut of a file's length, is there or not, whatever came before or after it; a write that
was under way may have left anything in the sectors it meant, but nothing beside its own bytes (power-safe overwrite,
sqlite.org/psow.html). New names, renames and deletions of one directory happen in their order, and are undone from the
newest back until that directory is synced; another directory's do not depend on them. A directory is a name that ends
with ``/``: what is in it cannot be found without it. Shared memory (``-shm``) is no part of a disk.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from random import Random

SECTOR = 512
TORN_SHARE = 0.1
"""So many of the sectors that were under way hold garbage."""


@dataclass(frozen=True, slots=True)
class Created:
    name: str
    file: int


@dataclass(frozen=True, slots=True)
class Renamed:
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Deleted:
    name: str


@dataclass(frozen=True, slots=True)
class Wrote:
    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncated:
    """The file ends at ``size`` bytes from now on."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    """Bytes and length of the file are durable."""

    file: int


@dataclass(frozen=True, slots=True)
class NamesSynced:
    """Every name in this directory is durable; the recorded directory itself has none."""

    directory: str = ""


@dataclass(frozen=True, slots=True)
class Promised:
    """No operation: from here on, so many entries of this epoch, and all of those before it, have been shown or acted
    on. A record is given up only for one of a later epoch.
    """

    epoch: int
    entries: int


Naming = Created | Renamed | Deleted
Change = Wrote | Truncated
Operation = Naming | Change | Synced | NamesSynced | Promised
Image = Mapping[str, bytes]
"""The files of a disk by their names; a directory has no content."""
NOTHING = Promised(0, 0)


class Fate(StrEnum):
    """What becomes of all that was not synced."""

    DROPPED = "dropped"
    KEPT = "kept"
    NAMES_UNDONE = "names undone"
    """Bytes are kept; new names, renames and deletions are not."""
    BYTES_DROPPED = "bytes dropped"
    """The other way round."""
    SOME = "some"
    """Any sectors, in any order, and the first so many names."""
    TORN = "torn"
    """As some, and a few sectors hold garbage."""


@dataclass(slots=True)
class _File:
    durable: bytes = b""
    pending: list[Change] = field(default_factory=list)


class Disk:
    """The files of one directory and of those in it, operation by operation."""

    def __init__(self, base: Image, *, lies: bool = False) -> None:
        """``base`` is durable. A disk that ``lies`` says of nothing that it is not synced."""
        self.promised = NOTHING
        self._lies = lies
        self._names = {name: -number for number, name in enumerate(base, start=1)}
        self._pending_names: dict[str, list[Naming]] = {}
        """By their directory."""
        self._files = {self._names[name]: _File(content) for name, content in base.items()}

    def do(self, operation: Operation) -> None:
        match operation:
            case Created(name=name, file=file):
                self._files[file] = _File()
                self._pending_in(name).append(operation)
            case Renamed(name=name) | Deleted(name=name):
                self._pending_in(name).append(operation)
            case Wrote(file=file) | Truncated(file=file):
                self._files[file].pending.append(operation)
            case Synced(file=file):
                self._sync(self._files[file])
            case NamesSynced(directory=directory):
                self._sync_names(directory)
            case Promised():
                self.promised = operation

    def _pending_in(self, name: str) -> list[Naming]:
        return self._pending_names.setdefault(directory_of(name), [])

    def _sync(self, file: _File) -> None:
        if not self._lies:
            file.durable = applied(file.durable, file.pending)
            file.pending = []

    def _sync_names(self, directory: str) -> None:
        if not self._lies:
            self._names = named(self._names, self._pending_names.pop(directory, ()))

    def image(self, fate: Fate, chance: Random) -> Image:
        """What is found, if the power fails now."""
        names = self._names
        for pending in self._pending_names.values():
            names = named(names, _survived(pending, fate, chance))
        found = sorted(name for name in names if all(above in names for above in directories_above(name)))
        return {name: self._content(self._files[names[name]], fate, chance) for name in found}

    def _content(self, file: _File, fate: Fate, chance: Random) -> bytes:
        match fate:
            case Fate.DROPPED | Fate.BYTES_DROPPED:
                return file.durable
            case Fate.KEPT | Fate.NAMES_UNDONE:
                return applied(file.durable, file.pending)
            case Fate.SOME | Fate.TORN:
                survived = surviving(file.pending, chance, garbage=fate is Fate.TORN)
                return applied(file.durable, tuple(survived))

    def settled(self) -> bool:
        """Whether everything is durable, so that every fate is the same."""
        return not any(self._pending_names.values()) and not any(file.pending for file in self._files.values())


def directory_of(name: str) -> str:
    """The directory that holds the name, without the slash at its end."""
    return name.rstrip("/").rpartition("/")[0]


def directories_above(name: str) -> Iterator[str]:
    """The names of the directories that it is in."""
    return accumulate(f"{part}/" for part in directory_of(name).split("/") if part)


def _survived(pending: Sequence[Naming], fate: Fate, chance: Random) -> Sequence[Naming]:
    match fate:
        case Fate.DROPPED | Fate.NAMES_UNDONE:
            return ()
        case Fate.SOME | Fate.TORN:
            return pending[: chance.randint(0, len(pending))]
        case Fate.KEPT | Fate.BYTES_DROPPED:
            return pending


def named(names: Mapping[str, int], pending: Iterable[Naming]) -> dict[str, int]:
    """The names after ``pending``."""
    after = dict(names)
    for naming in pending:
        match naming:
            case Created(name=name, file=file):
                after[name] = file
            case Renamed(name=name, to=to):
                after[to] = after.pop(name)
            case Deleted(name=name):
                del after[name]
    return after


def applied(content: bytes, pending: Sequence[Change]) -> bytes:
    """The bytes after ``pending``; what lies between the end and a write beyond it is zeros."""
    if not pending:
        return content
    after = bytearray(content)
    for change in pending:
        match change:
            case Truncated(size=size):
                del after[size:]
                after.extend(bytes(size - len(after)))
            case Wrote(offset=offset, data=data):
                after.extend(bytes(max(0, offset - len(after))))
                after[offset : offset + len(data)] = data
    return bytes(after)


def surviving(pending: Sequence[Change], chance: Random, *, garbage: bool) -> Iterator[Change]:
    """Any of the changes, a write sector by sector; with ``garbage``, some sectors hold what nobody wrote."""
    likelihood = chance.choice((0.1, 0.5, 0.9))
    for change in pending:
        if isinstance(change, Truncated):
            if chance.random() < likelihood:
                yield change
            continue
        for sector in sectors(change):
            if garbage and chance.random() < TORN_SHARE:
                yield Wrote(sector.file, sector.offset, chance.randbytes(len(sector.data)))
            elif chance.random() < likelihood:
                yield sector


def sectors(write: Wrote) -> Iterator[Wrote]:
    """The write, cut where the disk's sectors end."""
    at = write.offset
    end = at + len(write.data)
    while at < end:
        until = min(end, (at // SECTOR + 1) * SECTOR)
        yield Wrote(write.file, at, write.data[at - write.offset : until - write.offset])
        at = until
