"""Our Modbus against a Modbus that is not ours: a pulse and a read of the inputs, answered by pymodbus over ptys.

Holds the agreement of bytes and meaning, no times. It must not know how the peer is built.
"""

from collections.abc import Iterator

import pytest

from kiosk.core.events import ContactsRead, PulseAnswer, PulseAnswered, PulseSent, Reading
from kiosk.core.layout import ContactSource
from tests.measure.modbus_peer import BOARD, SHIPPED_PAUSE_US, Kiosk, modbus_peer


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
    closed = dict.fromkeys(range(1, 9), Reading.CLOSED)
    assert shown == ContactsRead(BOARD, ContactSource.BOARD_INPUT, closed | {3: Reading.OPEN})
