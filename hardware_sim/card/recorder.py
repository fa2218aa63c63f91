"""The recorder: everything that is done to the files of one directory and of those in it, by SQLite or by our own file
calls, in order.

Holds two ears: SQLite's file layer, and Python's audit events with `os.fsync`, which has none. It changes nothing of
what is done, and must not know what is done it for.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

from hardware_sim.card.disk import (
    Created,
    Deleted,
    Image,
    NamesSynced,
    Operation,
    Promised,
    Renamed,
    Synced,
    Truncated,
    Wrote,
)
from hardware_sim.card.sqlite_files import OK, Call, ear

SHARED_MEMORY = "-shm"


class Recorder:
    """Hears one directory, and those in it, and writes down what is done. Fulfils `sqlite_files.Listener`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.base = files_in(directory)
        """What was there before."""
        self.operations: list[Operation] = []
        self._names = {name: -number for number, name in enumerate(self.base, start=1)}
        self._open: dict[int, int] = {}
        """The file behind each of SQLite's."""
        self._plain: dict[int, bytes] = {}
        """What is known of the bytes of each file that Python writes."""
        self._made = 0
        self._meanwhile: tuple[str, Callable[[], object]] | None = None

    def promise(self, epoch: int, entries: int) -> None:
        """So many entries of this epoch have been shown or acted on from now on, and all those before it."""
        self.operations.append(Promised(epoch, entries))

    def meanwhile(self, name: str, what: Callable[[], object]) -> None:
        """Do something else between the first write of SQLite's to the file of this name and the next."""
        self._meanwhile = (name, what)

    # SQLite

    def refusal(self, _call: Call, _path: Path) -> int:
        """Nothing is refused."""
        return OK

    def opened(self, file: int, path: Path, *, new: bool) -> None:
        name = self._name(path)
        if name and new:
            self._create(name)
        if name:
            self._open[file] = self._names[name]

    def wrote(self, file: int, offset: int, data: bytes) -> None:
        if file in self._open:
            self.operations.append(Wrote(self._open[file], offset, data))
            self._interrupted(self._open[file])

    def _interrupted(self, file: int) -> None:
        if self._meanwhile is not None and self._names.get(self._meanwhile[0]) == file:
            (_, what), self._meanwhile = self._meanwhile, None
            what()

    def truncated(self, file: int, size: int) -> None:
        if file in self._open:
            self.operations.append(Truncated(self._open[file], size))

    def synced(self, file: int) -> None:
        if file in self._open:
            self.operations.append(Synced(self._open[file]))

    def deleted(self, path: Path) -> None:
        if name := self._name(path):
            self._delete(name)

    def names_synced(self, directory: Path) -> None:
        if self._is_here(directory):
            self.operations.append(NamesSynced(self._relative(directory)))

    # Python

    def audited(self, event: str, arguments: tuple[object, ...]) -> None:
        """An audit event of this process, told before what it says is done."""
        if event == "open":
            path, _, flags = arguments
            self._opens(path, flags)
        elif event == "os.rename":
            self._renames(arguments[0], arguments[1])
        elif event == "os.mkdir" and (name := self._name(arguments[0])):
            self._create(f"{name}/")
        elif event == "os.remove" and (name := self._name(arguments[0])) in self._names:
            self._delete(name)

    def _opens(self, path: object, flags: object) -> None:
        name = self._name(path)
        if not name or not isinstance(flags, int):
            return
        if flags & os.O_CREAT and name not in self._names:
            self._create(name)
            self._plain[self._names[name]] = b""
        elif flags & os.O_TRUNC:
            self._plain[self._names[name]] = b""
            self.operations.append(Truncated(self._names[name], 0))

    def _renames(self, old: object, new: object) -> None:
        name, to = self._name(old), self._name(new)
        if name in self._names:
            self._catch_up(name)
            self.operations.append(Renamed(name, to))
            self._names[to] = self._names.pop(name)

    def before_fsync(self, handle: int) -> None:
        """Python syncs the file or directory behind ``handle``."""
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if path.is_dir():
            self.names_synced(path)
        elif name := self._name(path):
            self._catch_up(name)
            self.operations.append(Synced(self._names[name]))

    def _catch_up(self, name: str) -> None:
        """What Python wrote has no event of its own: it is seen when the file is synced or renamed."""
        file = self._names[name]
        if file not in self._plain or file in self._open.values():
            return
        content = (self.directory / name).read_bytes()
        if content != self._plain[file]:
            self._plain[file] = content
            self.operations.append(Wrote(file, 0, content))

    # Names

    def _name(self, path: object) -> str:
        """The name from the recorded directory on, if it is in there and belongs to a disk; else empty."""
        if not isinstance(path, str | os.PathLike):
            return ""
        found = Path(path)
        here = self._is_here(found.parent) and not found.is_dir()
        return self._relative(found) if here and not found.name.endswith(SHARED_MEMORY) else ""

    def _is_here(self, directory: Path) -> bool:
        return directory.resolve().is_relative_to(self.directory)

    def _relative(self, path: Path) -> str:
        name = (path.parent.resolve() / path.name).relative_to(self.directory).as_posix()
        return "" if name == "." else name

    def _create(self, name: str) -> None:
        self._made += 1
        self._names[name] = self._made
        self.operations.append(Created(name, self._made))

    def _delete(self, name: str) -> None:
        del self._names[name]
        self.operations.append(Deleted(name))


def files_in(directory: Path) -> Image:
    """What a disk holds of this directory and of those in it."""
    found: dict[str, bytes] = {}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_dir():
            found[f"{name}/"] = b""
        elif not name.endswith(SHARED_MEMORY):
            found[name] = path.read_bytes()
    return dict(sorted(found.items()))


def lay(image: Image, directory: Path) -> None:
    """Make the directory hold the image and nothing else."""
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for name, content in sorted(image.items()):
        if name.endswith("/"):
            (directory / name).mkdir()
        else:
            (directory / name).write_bytes(content)


class _Python:
    """Python's side: one audit hook for the process. It cannot be taken off again, and is deaf without a recorder."""

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self._busy = False
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.recorder is None or self._busy:
            return
        with self._deaf():
            self.recorder.audited(event, arguments)

    @contextmanager
    def _deaf(self) -> Iterator[None]:
        """Looking at a file is an event itself, and not to be heard."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    @contextmanager
    def telling(self, recorder: Recorder) -> Iterator[Recorder]:
        really = os.fsync

        def fsync(fd: int) -> None:
            with self._deaf():
                recorder.before_fsync(fd)
            really(fd)

        self.recorder, os.fsync = recorder, fsync  # type: ignore[assignment]
        try:
            yield recorder
        finally:
            self.recorder, os.fsync = None, really


@cache
def _python() -> _Python:
    return _Python()


def telling(recorder: Recorder) -> AbstractContextManager[Recorder]:
    """What Python does to files meanwhile is told to the recorder."""
    return _python().telling(recorder)


@contextmanager
def recording(directory: Path, recorder: Recorder | None = None) -> Iterator[Recorder]:
    """Everything done to the files in ``directory`` meanwhile. Raises NotToBeHeardError where SQLite has no names."""
    hearing = recorder or Recorder(directory)
    with ear().hearing(hearing), telling(hearing):
        yield hearing
