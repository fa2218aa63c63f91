"""What the text log says of the record. Real logging; the journal is the one of a booted kiosk."""

import logging
from dataclasses import fields
from pathlib import Path

import pytest

from hardware_sim.entropy import SeededEntropy
from hardware_sim.site import Ports, write_site
from kiosk.clock import SystemClock
from kiosk.config import Site, read_site
from kiosk.core import entries as e
from kiosk.core.entries import Entry, Stamp
from kiosk.core.ids import BoardId, VisitId
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import boot
from kiosk.wiring.telling import TOLD, TellingJournal


def test_what_a_caretaker_must_know_is_told_once_it_is_durable_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = read_site(write_site(tmp_path, Ports(), SMALLEST_COST))
    assert isinstance(site, Site)
    booted = boot(site, SeededEntropy(1), SystemClock)
    assert booted.database is not None
    journal, moment = TellingJournal(booted.journal), booted.clock.now()
    stamp = Stamp(moment.mono_ms, moment.wall_ms, moment.clock_state, 1, 1)
    bodies: tuple[e.Body, ...] = (
        e.KioskStarted(1, "1", "1", "clean"),
        e.BoardLost(BoardId("s1"), "answer of board 7"),
        e.VisitEnded(VisitId("v"), "courier", "finished", 1),
    )
    seq = journal.books().next_seq
    with caplog.at_level(logging.WARNING):
        journal.commit([Entry(1, seq + at, stamp, body) for at, body in enumerate(bodies)])
    booted.database.close()

    assert [record.getMessage() for record in caplog.records] == ["board_lost: board s1, reason answer of board 7"]


def test_no_kind_that_is_told_has_a_personal_field() -> None:
    assert not [kind for kind in TOLD for each in fields(kind) if each.metadata.get("private")]
