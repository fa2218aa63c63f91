"""Our Modbus against a Modbus that is not ours: pymodbus as the relay board, over ptys, sound and on a bad line.

Holds the agreement of bytes and meaning, no times. It must not know how the peer is built.
"""

from collections.abc import Iterator

import pytest

from kiosk.core.events import (
    BoardGarbled,
    BoardSilent,
    ContactsRead,
    LineLost,
    PulseAnswer,
    PulseAnswered,
    PulseSent,
    Reading,
)
from kiosk.core.layout import ContactSource
from tests.measure.modbus_peer import BOARD, SHIPPED_PAUSE_US, Kiosk, Spoil, modbus_peer

CLOSED = dict.fromkeys(range(1, 9), Reading.CLOSED)


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    with modbus_peer() as path:
        yield path


@pytest.mark.parametrize("pause_us", [0, SHIPPED_PAUSE_US])
def test_a_foreign_modbus_server_acknowledges_the_pulse_and_shows_the_open_door(port: str, pause_us: int) -> None:
    with Kiosk(port, pause_us) as kiosk:
        kiosk.unlock(1, channel=3)
        kiosk.wait_for(lambda event: event == PulseSent(1))
        kiosk.wait_for(lambda event: event == PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
        shown = kiosk.wait_for_door(3)
    assert shown == ContactsRead(BOARD, ContactSource.BOARD_INPUT, CLOSED | {3: Reading.OPEN})


def test_its_exception_to_a_pulse_is_a_refusal_and_nothing_is_sent_again(port: str) -> None:
    with Kiosk(port, channels=16) as kiosk:
        kiosk.unlock(1, channel=9)
        kiosk.wait_for(lambda event: event == PulseAnswered(1, PulseAnswer.REFUSED))
        kiosk.unlock(2, channel=1)
        shown = kiosk.wait_for_door(1)
        assert not [event for event in kiosk.so_far() if event == PulseSent(1)]
    assert shown == ContactsRead(BOARD, ContactSource.BOARD_INPUT, CLOSED | {1: Reading.OPEN})


def test_its_exception_to_a_read_is_told_with_its_code() -> None:
    """A board whose inputs are elsewhere answers reads of the usual ones with an exception."""
    with modbus_peer(first_input=64) as path, Kiosk(path, read=BoardGarbled) as kiosk:
        told = kiosk.wait_for(lambda event: isinstance(event, BoardGarbled))
    assert told == BoardGarbled(BOARD, "refused to be read, code 2")


def test_an_acknowledgement_with_a_wrong_check_is_not_believed_and_the_door_tells() -> None:
    with modbus_peer(Spoil.CHECK) as path, Kiosk(path) as kiosk:
        kiosk.unlock(1, channel=5)
        kiosk.wait_for(lambda event: event == PulseAnswered(1, PulseAnswer.GARBLED))
        kiosk.wait_for_door(5)
        assert not [event for event in kiosk.so_far() if isinstance(event, PulseSent | LineLost)]


def test_a_late_acknowledgement_answers_nothing_and_the_read_after_it_is_believed() -> None:
    with modbus_peer(Spoil.LATE) as path, Kiosk(path) as kiosk:
        kiosk.unlock(1, channel=2)
        kiosk.wait_for(lambda event: event == PulseAnswered(1, PulseAnswer.SILENT))
        shown = kiosk.wait_for_door(2)
        assert not [event for event in kiosk.so_far() if isinstance(event, PulseSent | PulseAnswered | BoardSilent)]
    assert shown == ContactsRead(BOARD, ContactSource.BOARD_INPUT, CLOSED | {2: Reading.OPEN})
