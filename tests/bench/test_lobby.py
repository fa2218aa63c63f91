"""What hands can do in the lobby, and what they cannot; in virtual time, on the simulated bank."""

from collections.abc import Callable

import pytest

from hardware_sim.bank import SimBank
from hardware_sim.bench.lobby import CART, MOST_PARCELS, CannotError, Lobby
from hardware_sim.fault_names import MOMENTARY, NAMED, ON_SCANNERS
from hardware_sim.labels import CARRIERS
from hardware_sim.scanner import SimScanner
from hardware_sim.site import RESIDENTS
from hardware_sim.world import World
from kiosk.core.policy import PULSE_MS_RANGE
from tests.hardware_sim.benches import A1, SECOND_US, SHUOMING, WAVESHARE, Listener, layout, machine


@pytest.fixture
def lobby() -> Lobby:
    world = World()
    return Lobby(SimBank(world, layout(), machine(SHUOMING, WAVESHARE)), SimScanner(world))


def pulse(lobby: Lobby) -> None:
    lobby.bank.board_of(A1).outputs.energise([1], PULSE_MS_RANGE[1] * 1000)
    lobby.bank.world.run_for(2 * SECOND_US)


def test_a_shut_door_holds_until_its_latch_lets_go(lobby: Lobby) -> None:
    with pytest.raises(CannotError, match="A1 does not move: its latch holds it"):
        lobby.pull(A1)
    pulse(lobby)
    lobby.pull(A1)
    assert lobby.bank.door(A1).is_open
    lobby.push(A1)
    assert not lobby.bank.door(A1).is_open


def test_a_parcel_goes_in_and_out_through_an_open_door_only(lobby: Lobby) -> None:
    with pytest.raises(CannotError, match="A1 is shut"):
        lobby.put_in(A1, "p1")
    with pytest.raises(CannotError, match="A1 is shut"):
        lobby.take_out(A1)
    pulse(lobby)
    with pytest.raises(CannotError, match="A1 is empty"):
        lobby.take_out(A1)
    lobby.put_in(A1, "p1")
    assert [parcel.parcel for parcel in lobby.inside(A1)] == ["p1"]
    with pytest.raises(CannotError, match="that parcel is in A1"):
        lobby.put_in(A1, "p1")
    lobby.take_out(A1)
    assert lobby.parcels["p1"].where == CART


def test_the_parcel_scanned_last_is_in_hand_and_goes_in_first(lobby: Lobby) -> None:
    pulse(lobby)
    lobby.scan_label("p3")
    assert lobby.in_hand == "p3"
    lobby.put_in(A1, "")
    assert (lobby.parcels["p3"].where, lobby.in_hand) == (A1, "")
    lobby.put_in(A1, "")
    assert lobby.parcels["p1"].where == A1
    lobby.take_out(A1)
    assert [lobby.parcels[name].where for name in ("p1", "p3")] == [CART, A1], "the last in is the first out"


def test_a_scan_reaches_the_kiosk_byte_by_byte(lobby: Lobby) -> None:
    lobby.scanner.port = heard = Listener()
    lobby.scan_label("p1")
    lobby.bank.world.run_for(SECOND_US)
    assert heard.heard == lobby.parcels["p1"].label.scanned.encode() + b"\r"


def test_a_parcel_in_the_bank_or_without_a_barcode_cannot_be_scanned(lobby: Lobby) -> None:
    pulse(lobby)
    lobby.put_in(A1, "p1")
    with pytest.raises(CannotError, match="the parcel is in A1"):
        lobby.scan_label("p1")
    with pytest.raises(CannotError, match="has no barcode"):
        lobby.scan_label(lobby.write_label(""))


def test_a_label_of_ones_own_is_scanned_as_it_was_typed(lobby: Lobby) -> None:
    lobby.scanner.port = heard = Listener()
    lobby.scan_label(lobby.write_label("Grüße 1"))
    lobby.bank.world.run_for(SECOND_US)
    assert heard.heard == "Grüße 1\r".encode()


@pytest.mark.parametrize("text", ["x" * 513, "two\nlines", "\x1b[2J"])
def test_what_no_label_can_hold_is_refused(lobby: Lobby, text: str) -> None:
    with pytest.raises(CannotError, match="up to 512 printable letters are allowed"):
        lobby.write_label(text)
    assert len(lobby.parcels) == len(CARRIERS)


def test_parcels_do_not_pile_up_for_ever(lobby: Lobby) -> None:
    for _ in range(MOST_PARCELS // len(CARRIERS) - 1):
        lobby.bring_parcels()
    numbers = [parcel.label.tracking_number for parcel in lobby.parcels.values()]
    assert len(set(numbers)) == len(numbers) == MOST_PARCELS
    for more in (lobby.bring_parcels, lambda: lobby.write_label("X")):
        with pytest.raises(CannotError, match="60 parcels are enough"):
            more()


def test_a_stuck_lock_stays_shut_whatever_its_coil_does_until_it_is_mended(lobby: Lobby) -> None:
    lobby.spoil(A1, "stuck-latch")
    pulse(lobby)
    assert not lobby.bank.door(A1).is_open
    lobby.mend()
    pulse(lobby)
    assert lobby.bank.door(A1).is_open


def test_every_fault_of_the_bank_and_the_scanner_can_be_brought_about_and_mended(lobby: Lobby) -> None:
    assert set(lobby.faults(A1)) == {*NAMED, *ON_SCANNERS}
    for name in lobby.faults(A1):
        lobby.spoil(A1, name)
        assert lobby.doors_told()[A1]["faults"] == ([] if name in MOMENTARY else [name])
        lobby.mend()
        assert lobby.doors_told()[A1]["faults"] == []
        assert lobby.scanner.plugged


def test_several_things_are_broken_at_once(lobby: Lobby) -> None:
    for name in ("stuck-latch", "unplugged", "scanner-lost", "stuck-latch"):
        lobby.spoil(A1, name)

    assert lobby.doors_told()[A1]["faults"] == ["stuck-latch", "unplugged", "scanner-lost"]
    assert not lobby.bank.wire_of(A1).plugged
    assert not lobby.scanner.plugged


@pytest.mark.parametrize(
    ("hands", "why"),
    [
        (lambda lobby: lobby.pull("Z9"), "there is no door 'Z9'"),
        (lambda lobby: lobby.put_in("A1", "p99"), "there is no parcel 'p99'"),
        (lambda lobby: lobby.spoil("A1", "rust"), "there is no fault 'rust' of A1: stuck-latch"),
        (lambda lobby: lobby.symbol("p98"), "there is no parcel 'p98'"),
    ],
)
def test_what_is_not_there_is_named(lobby: Lobby, hands: Callable[[Lobby], object], why: str) -> None:
    pulse(lobby)
    with pytest.raises(CannotError, match=why):
        hands(lobby)


def test_every_change_is_told(lobby: Lobby) -> None:
    told: list[dict[str, object]] = []
    lobby.on_change = lambda: told.append({**lobby.doors_told()[A1], "in": len(lobby.inside(A1))})
    pulse(lobby)
    lobby.put_in(A1, "p1")
    lobby.push(A1)
    lobby.spoil(A1, "stuck-latch")
    assert told == [
        {"open": True, "faults": [], "in": 0},
        {"open": True, "faults": [], "in": 1},
        {"open": False, "faults": [], "in": 1},
        {"open": False, "faults": ["stuck-latch"], "in": 1},
    ]


def test_the_labels_name_people_who_live_in_their_unit(lobby: Lobby) -> None:
    assert {parcel["unit"] for parcel in lobby.parcels_told()} <= set(RESIDENTS)
    assert {(parcel["unit"], parcel["name"]) for parcel in lobby.parcels_told()} >= {
        ("1A", "First Example"),
        ("2A", "Fourth Example"),
    }
