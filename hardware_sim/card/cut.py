"""A card whose power fails at a write: from then on it takes nothing more, and then it holds what such a cut may leave.

Holds what was open, the count of writes, and the image that is laid in place of the files. It must not know whose files
they are. Fulfils `sqlite_files.Listener`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from hardware_sim.card.disk import Disk, Fate
from hardware_sim.card.recorder import Recorder, lay, telling
from hardware_sim.card.sqlite_files import OK, Call, NotToBeHeardError, ear


def cut_card() -> "CutCard | None":
    """A card whose power can fail; None where what SQLite writes cannot be heard."""
    try:
        ear()
    except NotToBeHeardError:
        return None
    return CutCard()


class CutCard:
    """One card after another may be watched, each in a directory of its own, and at most one at a time."""

    def __init__(self) -> None:
        self.gone = False
        """Whether the power has failed: whoever writes must be over."""
        self._open: dict[int, Path] = {}
        self._left = 0
        self._recorder: Recorder | None = None
        self._watched = ExitStack()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Every database that is opened meanwhile lies on this card."""
        with ear().hearing(self), self._watched:
            yield

    def fail_at_write(self, directory: Path, writes: int) -> None:
        """The power fails during SQLite's next write after so many others. What is in ``directory`` by now is taken for
        durable.
        """
        self.put_right()
        recorder = self._watched.enter_context(telling(Recorder(directory)))
        for file, path in self._open.items():
            if path.exists():
                recorder.opened(file, path, new=False)
        self._recorder, self._left = recorder, writes

    def put_right(self) -> None:
        """Nothing fails any more."""
        self._watched.close()
        self._recorder, self.gone = None, False

    def lay_what_is_left(self, chance: Random) -> Fate:
        """The directory holds what the cut left of it, and nothing fails any more. Nobody may have a file open."""
        assert self._recorder is not None  # noqa: S101 - the power has failed
        disk, fate = Disk(self._recorder.base), chance.choice(tuple(Fate))
        for operation in self._recorder.operations:
            disk.do(operation)
        lay(disk.image(fate, chance), self._recorder.directory)
        self.put_right()
        return fate

    def _tell(self, what: Callable[[Recorder], None]) -> None:
        if self._recorder is not None and not self.gone:
            what(self._recorder)

    # What SQLite does

    def refusal(self, _call: Call, _path: Path) -> int:
        return sqlite3.SQLITE_IOERR if self.gone else OK

    def opened(self, file: int, path: Path, *, new: bool) -> None:
        self._open[file] = path
        self._tell(lambda recorder: recorder.opened(file, path, new=new))

    def wrote(self, file: int, offset: int, data: bytes) -> None:
        """The write during which the power fails is done, and not durable: what of it is there is left to chance."""
        self._tell(lambda recorder: recorder.wrote(file, offset, data))
        if self._recorder is None:
            return
        self._left -= 1
        if self._left < 0 and not self.gone:
            self._watched.close()
            self.gone = True

    def truncated(self, file: int, size: int) -> None:
        self._tell(lambda recorder: recorder.truncated(file, size))

    def synced(self, file: int) -> None:
        self._tell(lambda recorder: recorder.synced(file))

    def deleted(self, path: Path) -> None:
        self._tell(lambda recorder: recorder.deleted(path))

    def names_synced(self, directory: Path) -> None:
        self._tell(lambda recorder: recorder.names_synced(directory))
