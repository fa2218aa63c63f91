"""Ten thousand labels that were damaged on their way, from bytes and from keys to the courier's list: none raises, none
is refused.

Must not know which of them a carrier's number still fits.
"""

import random
from collections.abc import Callable, Iterator

import pytest

from drivers.input.assembly import GAP_US, Assembler
from drivers.input.protocols import gm65
from drivers.input.protocols.gm65 import Gm65Ear
from drivers.input.wedge import RECORD, WedgeKeys
from hardware_sim.keys import label
from kiosk.core import view as v
from kiosk.core.decide import decide
from kiosk.core.events import Scanned, ScanRejected
from kiosk.core.state import Scanning
from tests.core.desk import Desk

LABELS = (
    "1Z5R89390357567127",
    "]C142022153\x1d9101026837331000039521",
    "RB123456785GB",
    "JGB 01234567890123456789012345678901234567890",
    "]U1[)>\x1e01\x1d96841706672\x1d840\x1d001\x1d1Z12345675\x1dUPSN\x1d12345E\x1d089\x1d\x1d1/1\x1d10.1\x1dY\x1d\x1d\x1dUT\x1e\x04",
    "https://example.org/track?n=1Z5R89390357567127",
    "00 81827 0998 0000 0200 33 350 276 C",
)
EACH = 10_000 // 2
DESK = Desk().identify()
"""A courier who may scan."""


def bytes_of(text: str) -> bytes:
    return text.encode("latin-1")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to four of: a bit turned, a byte lost, repeated, made up, two swapped, the end cut off, a piece once more."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        data = chance.choice(MUTATIONS)(data, at, chance)
    return data


Mutation = Callable[[bytes, int, random.Random], bytes]
MUTATIONS: tuple[Mutation, ...] = (
    lambda data, at, chance: (
        data[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in data[at : at + 1]) + data[at + 1 :]
    ),
    lambda data, at, _: data[:at] + data[at + 1 :],
    lambda data, at, _: data[:at] + data[at : at + 1] + data[at:],
    lambda data, at, chance: data[:at] + chance.randbytes(chance.randint(1, 8)) + data[at:],
    lambda data, at, _: data[:at] + data[at + 1 : at + 2] + data[at : at + 1] + data[at + 2 :],
    lambda data, at, _: data[:at],
    lambda data, at, chance: data[:at] + data[at : at + chance.randint(2, 40)] + data[at:],
)


def damaged_bytes(chance: random.Random) -> Iterator[str]:
    """What a serial scanner's ear makes of a damaged label behind a damaged acknowledgement, or without one."""
    for _ in range(EACH):
        head = gm65.encode_reply(b"\x00") if chance.random() < 1 / 2 else b""
        yield Gm65Ear().receive(mutated(head + bytes_of(chance.choice(LABELS)), chance) + b"\r", 0).text


def damaged_keys(chance: random.Random) -> Iterator[str]:
    """What is typed where records got lost, came twice or in another order, or were changed."""
    for _ in range(EACH):
        records = label(chance.choice(LABELS[:4]))
        pieces = [records[at : at + RECORD.size] for at in range(0, len(records), RECORD.size)]
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(pieces))
            pieces[at : at + 1] = chance.choice(([], [pieces[at]] * 2, [mutated(pieces[at], chance)[: RECORD.size]]))
        yield WedgeKeys().receive(b"".join(pieces)) + "\r"


@pytest.mark.parametrize("source", [damaged_bytes, damaged_keys])
def test_a_damaged_label_never_raises_and_is_never_refused(source: Callable[[random.Random], Iterator[str]]) -> None:
    scans = 0
    for text in source(random.Random(1)):
        assembler = Assembler("front")
        for event in assembler.receive(text, 0) + assembler.expire(GAP_US):
            scans += 1
            assert isinstance(event, Scanned), f"{event} of {text!a}"
            assert taken(event), ascii(event.text.reveal())

    assert scans > EACH * 3 // 4


def taken(event: Scanned) -> bool:
    """Whether the core has it as a parcel in hand."""
    state = decide(DESK.state, event, DESK.stamp()).state
    assert state.visit is not None
    return isinstance(state.visit.place, Scanning) and len(state.visit.labels) == 1


def test_one_that_is_too_long_is_told_with_its_length_and_changes_nothing_in_hand() -> None:
    (event,) = Assembler("front").receive("9" * 600 + "\r", 0)

    assert event == ScanRejected(600)
    assert decide(DESK.state, event, DESK.stamp()).state.visit == DESK.state.visit
    assert DESK.page == v.ScanLabels(())
