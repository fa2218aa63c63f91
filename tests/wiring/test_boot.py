"""What a start makes of the record and the site's files. Real SQLite, real files."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware_sim.entropy import SeededEntropy
from hardware_sim.site import Ports, write_site
from kiosk.clock import SystemClock
from kiosk.config import Site, read_site
from kiosk.core import entries as e
from kiosk.core.books import Custody
from kiosk.core.entries import Entry, Stamp
from kiosk.core.ids import CompartmentId, CourierId, KioskId, ParcelId, ResidentId, VisitId
from kiosk.core.state import Mode
from kiosk.ports import JournalError
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import Booted, StartRefusedError, boot, database_path
from storage.aside import condemn
from storage.queries import newest_entries

Boot = Callable[..., Booted]
A01 = CompartmentId("A01")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return read(tmp_path)


def read(directory: Path) -> Site:
    site = read_site(write_site(directory, Ports(), SMALLEST_COST))
    assert isinstance(site, Site)
    return site


@pytest.fixture
def start() -> Iterator[Boot]:
    """Boots, each closing the database of the one before it."""
    running: list[Booted] = []

    def begin(site: Site, crashes: int = 0) -> Booted:
        end()
        running.append(boot(site, SeededEntropy(1), SystemClock, crashes))
        return running[-1]

    def end() -> None:
        for booted in running:
            if booted.database is not None:
                booted.database.close()
        running.clear()

    yield begin
    end()


def kinds(booted: Booted) -> list[str]:
    assert booted.database is not None
    return [e.NAMES[type(entry.body)] for entry in newest_entries(booted.database, 1_000)]


def store_in_a01(booted: Booted) -> None:
    """A parcel in A01, as the entries of a drop say it."""
    books, moment = booted.journal.books(), booted.clock.now()
    stamp = Stamp(moment.mono_ms, moment.wall_ms, moment.clock_state, books.boot + 1, 1)
    parcel = ParcelId("p1")
    bodies: tuple[e.Body, ...] = (
        e.KioskStarted(books.boot + 1, "1", "1", "clean"),
        e.ParcelReserved(parcel, A01, ResidentId("R-0004"), CourierId("C-ups"), VisitId("v"), "ups", "ok", "fits"),
        e.ParcelStored(parcel, A01, confirmed=True, undo_until_ms=0),
    )
    booted.journal.commit([Entry(books.epoch, books.next_seq + at, stamp, body) for at, body in enumerate(bodies)])


def test_a_new_kiosk_begins_an_epoch_and_puts_its_documents_in_force(site: Site, start: Boot) -> None:
    booted = start(site)

    assert kinds(booted) == ["epoch_started", "layout_applied", "policy_applied", "directory_applied"]
    assert {c.custody for c in booted.state.books.compartments.values()} == {Custody.FREE}
    assert (booted.state.mode, booted.state.boot, booted.state.policy.version) == (Mode.NORMAL, 1, 1)


def test_a_second_start_applies_nothing_that_is_in_force_already(site: Site, start: Boot) -> None:
    start(site)

    assert len(kinds(start(site))) == 4


def test_a_changed_policy_takes_effect_with_its_entry_and_the_next_version(
    site: Site, start: Boot, tmp_path: Path
) -> None:
    start(site)
    (tmp_path / "policy.toml").write_text("undo_s = 30\n")
    changed = read_site(tmp_path / "kiosk.toml")
    assert isinstance(changed, Site)
    booted = start(changed)

    assert kinds(booted)[4:] == ["policy_applied"]
    assert (booted.state.policy.undo_s, booted.state.policy.version) == (30, 2)


def test_a_layout_that_leaves_out_a_compartment_in_use_is_not_applied(site: Site, start: Boot) -> None:
    store_in_a01(start(site))
    smaller = replace(site, layout=replace(site.layout, places=site.layout.places[1:]))
    booted = start(smaller)

    assert A01 in {place.compartment for place in booted.state.layout.places}
    assert "layout_applied" not in kinds(booted)[4:]


def test_a_layout_may_leave_out_a_free_compartment(site: Site, start: Boot) -> None:
    start(site)
    booted = start(replace(site, layout=replace(site.layout, places=site.layout.places[1:])))

    assert booted.state.books.compartments[A01].out_of_order == "not in the layout"
    assert kinds(booted)[4:] == ["layout_applied"]


def test_a_kept_layout_that_names_a_board_of_no_machine_refuses_the_start(site: Site, start: Boot) -> None:
    store_in_a01(start(site))
    lock_board, relay_board = site.machine.boards
    other = replace(lock_board, board=relay_board.board)
    changed = replace(
        site,
        machine=replace(site.machine, boards=(other,)),
        layout=replace(site.layout, places=site.layout.places[1:]),
    )

    with pytest.raises(StartRefusedError, match=r"does not fit this machine: .*compartment"):
        start(changed)


def test_after_a_damaged_database_a_new_epoch_begins_and_every_compartment_is_check(site: Site, start: Boot) -> None:
    start(site)
    condemn(database_path(site), "tried")
    booted = start(site)

    assert kinds(booted)[:2] == ["epoch_started", "layout_applied"]
    assert booted.state.books.epoch == 2
    assert {c.custody for c in booted.state.books.compartments.values()} == {Custody.CHECK}
    assert list(database_path(site).parent.glob("*.damaged-e1*"))


def test_without_a_place_for_the_record_the_kiosk_is_degraded_and_commits_nothing(site: Site, start: Boot) -> None:
    database_path(site).parent.rmdir()
    booted = start(site)

    assert booted.state.mode is Mode.DEGRADED
    assert booted.database is None
    with pytest.raises(JournalError):
        booted.journal.commit([])


def test_another_kiosks_database_refuses_the_start(site: Site, start: Boot) -> None:
    start(site)
    stranger = replace(
        site, machine=replace(site.machine, identity=replace(site.machine.identity, kiosk=KioskId("other")))
    )

    with pytest.raises(StartRefusedError, match="belongs to kiosk 'bench-1'"):
        start(stranger)


@pytest.mark.parametrize(("crashes", "mode"), [(0, Mode.NORMAL), (2, Mode.NORMAL), (3, Mode.SAFE)])
def test_the_third_end_soon_after_a_start_leads_to_safe_mode(site: Site, start: Boot, crashes: int, mode: Mode) -> None:
    assert start(site, crashes).state.mode is mode


def test_uptime_goes_on_where_the_last_boot_ended(site: Site, start: Boot) -> None:
    first = start(site)
    store_in_a01(first)

    assert start(site).clock.now().mono_ms >= first.journal.books().mono_ms
