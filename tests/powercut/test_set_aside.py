"""A damaged record is set aside and a new epoch begins; the power fails at any operation of that.

The damaged files are kept whole, no epoch's number is used twice, and what nobody knows is Check. On real SQLite.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from hardware_sim.bank import SimBank
from hardware_sim.card.disk import Created, Deleted, Disk, Fate, Image, NamesSynced, Promised, Renamed
from hardware_sim.card.recorder import Recorder, files_in, lay, recording
from hardware_sim.kiosk import SimKiosk
from hardware_sim.site import KEYS
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core.books import Custody
from kiosk.wiring.boot import DATABASE, database_path
from storage.aside import CONDEMNED, condemn
from storage.database import beside
from storage.schema import ENTRIES
from tests.flows.scene import Scene
from tests.flows.steps import OUT, drop
from tests.powercut.lives import BANK, POLICY, relocated

pytestmark = pytest.mark.slow


def start(site: Site, now_us: int) -> SimKiosk:
    kiosk = SimKiosk(SimBank(World(now_us=now_us), site.layout, site.machine), site, KEYS, seed=1)
    kiosk.start()
    return kiosk


def used_and_condemned(directory: Path) -> tuple[Site, int]:
    """A kiosk with a parcel in it, whose record was found damaged; and when that was."""
    scene = Scene(directory, POLICY, BANK).start().walk(*drop(), *OUT)
    data = database_path(scene.site).parent
    found = {name: content for name, content in files_in(data).items() if name.startswith(DATABASE)}
    scene.kill()
    lay(found, data)
    condemn(database_path(scene.site), "a page is damaged")
    return scene.site, scene.world.now_us


def images(recorder: Recorder) -> Iterator[tuple[Promised, Image]]:
    """Different images at each operation on names and at every fifth other one, each with what was promised by then."""
    disk, seen = Disk(recorder.base), set[tuple[Promised, str]]()
    for at, operation in enumerate(recorder.operations):
        disk.do(operation)
        if at % 5 and not isinstance(operation, Created | Renamed | Deleted | NamesSynced):
            continue
        for fate in Fate:
            image = disk.image(fate, Random(f"{at}/{fate}"))
            mark = (disk.promised, repr(image))
            if mark not in seen:
                seen.add(mark)
                yield disk.promised, image


def newest_epoch(kiosk: SimKiosk) -> tuple[int, int]:
    """Its number, and how many entries it has."""
    with kiosk.database.reader.begin() as connection:
        epochs = list(connection.execute(select(ENTRIES.c.epoch)).scalars())
    return max(epochs), epochs.count(max(epochs))


def kept_whole(before: Image, after: Mapping[str, bytes]) -> bool:
    """Whether the condemned database and its log are both there, beside each other's names."""
    main, log = before[DATABASE], before[f"{DATABASE}-wal"]
    return main in after.values() and log in after.values()


@pytest.mark.slow
def test_a_power_cut_while_a_damaged_record_is_set_aside_leaves_it_whole_and_everything_check(tmp_path: Path) -> None:
    site, now_us = used_and_condemned(tmp_path)
    data = database_path(site).parent
    with recording(data) as recorder:
        kiosk = start(site, now_us)
        books = kiosk.engine.state.books
        recorder.promise(books.epoch, books.next_seq)
        kiosk.kill()
    assert f"{DATABASE}-wal" in recorder.base

    count = 0
    (tmp_path / "image").mkdir()
    for promised, image in images(recorder):
        count += 1
        lay(image, tmp_path / "image")
        again = start(relocated(site, tmp_path / "image"), now_us)
        epoch, entries = newest_epoch(again)
        custodies = {compartment.custody for compartment in again.engine.state.books.compartments.values()}
        again.kill()

        left = files_in(tmp_path / "image")
        assert epoch == 2 if promised.entries else epoch in (2, 3)
        assert entries >= promised.entries
        assert custodies == {Custody.CHECK}
        assert kept_whole(recorder.base, left), sorted(left)
        assert beside(database_path(site), CONDEMNED).name not in left
    assert count > 60
