"""Entries: their canonical bytes, what stays out of them, and the way back. Knows no storage."""

import json
from dataclasses import MISSING, fields
from enum import StrEnum
from hashlib import sha256
from hmac import new as hmac_new
from typing import Any, NewType, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.entries import (
    KINDS,
    NAMES,
    Body,
    ClockState,
    CodeIssued,
    CodeLife,
    CodeMoved,
    DoorOpened,
    Entry,
    KioskStopped,
    ParcelReserved,
    RecipientLookedUp,
    Stamp,
    UnknownEntryError,
    UnlockRequested,
    canonical,
    commitment,
    decode,
    encode,
    private_fields,
)
from kiosk.core.ids import CompartmentId, CourierId, OpeningId, ParcelId, ResidentId, UnitId, VisitId

STAMP = Stamp(12_345, 1_790_000_000_000, ClockState.FLOOR, 3, 17)
RESERVED = ParcelReserved(
    ParcelId("k-1-7"),
    CompartmentId("A07"),
    ResidentId("r9"),
    CourierId("c2"),
    VisitId("k-1-5"),
    "ups",
    "ok",
    "smallest free",
    UnitId("12B"),
    "1Z999AA10123456784",
    ("ALIAS-1",),
)


def entry(body: Body, notice: bytes | None = None) -> Entry:
    return Entry(1, 7, STAMP, body, notice)


def values_of(annotation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - whatever stands behind a field's colon
    """Values of a field's type, as the fields of entries have them."""
    if isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    if get_origin(annotation) is tuple:
        return st.lists(values_of(get_args(annotation)[0]), max_size=3).map(tuple)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return st.sampled_from(list(annotation))
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        int: st.integers(-(2**62), 2**62),
        bool: st.booleans(),
    }
    return simple[annotation]


def bodies() -> st.SearchStrategy[Body]:
    return st.one_of(*(st.builds(kind, **{f.name: values_of(f.type) for f in fields(kind)}) for kind in KINDS.values()))


@given(bodies(), st.sampled_from(ClockState))
def test_every_entry_of_every_kind_comes_back_from_its_bytes(body: Body, clock_state: ClockState) -> None:
    written = Entry(2, 9, Stamp(1, 2, clock_state, 3, 4), body)
    personal = private_fields(body)
    private_bytes = canonical(personal) if personal else b""
    assert decode(encode(written, "aa" if personal else ""), private_bytes) == written


@given(bodies())
def test_bytes_that_come_back_are_written_the_same_again(body: Body) -> None:
    first = encode(entry(body))
    assert encode(decode(first)) == first


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_only_fields_with_a_default_are_private_and_no_field_hides_a_commitment(kind: type[Body]) -> None:
    for described in fields(kind):
        assert described.name not in ("private", "notice")
        if described.metadata.get("private"):
            assert described.default is not MISSING
            assert not described.default


def test_the_bytes_of_an_entry_are_pinned() -> None:
    body = DoorOpened(OpeningId("k-1-6"), CompartmentId("Ä7"), 180, bounces=2)
    assert encode(entry(body)).decode() == (
        '{"boot_id":3,"clock_state":"floor","data":{"after_ms":180,"bounces":2,"compartment":"Ä7","opening":"k-1-6"},'
        '"epoch":1,"event":17,"mono_ms":12345,"seq":7,"type":"door_opened","wall":1790000000000}'
    )


def test_the_names_of_the_kinds_are_pinned() -> None:
    """A kind is never renamed and never leaves: whoever adds one adds its name here."""
    assert sorted(KINDS) == KIND_NAMES
    assert {name: NAMES[kind] for name, kind in KINDS.items()} == {name: name for name in KINDS}


def test_personal_data_stays_out_of_the_body() -> None:
    written = encode(entry(RESERVED), commitment(b"k" * 32, canonical(private_fields(RESERVED))))
    for personal in (b"12B", b"1Z999AA10123456784", b"ALIAS-1"):
        assert personal not in written
    assert json.loads(written)["data"]["private"] == commitment(b"k" * 32, canonical(private_fields(RESERVED)))


def test_a_commitment_is_the_keyed_hash_of_the_personal_data() -> None:
    expected = hmac_new(b"k" * 32, b'{"unit":"12B"}', sha256).hexdigest()
    assert commitment(b"k" * 32, canonical({"unit": "12B"})) == expected
    assert commitment(b"l" * 32, canonical({"unit": "12B"})) != expected


def test_an_entry_without_personal_data_commits_to_none() -> None:
    looked_up = RecipientLookedUp(VisitId("v"), CourierId("c"), 2)
    assert private_fields(looked_up) == {}
    assert "private" not in json.loads(encode(entry(looked_up)))["data"]


def test_erased_personal_data_comes_back_as_empty() -> None:
    erased = decode(encode(entry(RESERVED), "aa" * 32))
    assert isinstance(erased.body, ParcelReserved)
    assert (erased.body.unit, erased.body.tracking_number, erased.body.aliases) == ("", "", ())
    assert erased.body.resident == RESERVED.resident


def test_a_notice_is_in_the_body_as_its_digest_and_an_erased_one_is_still_known_to_have_been() -> None:
    issued = entry(CodeIssued(ParcelId("k-1-7"), "ab" * 32), b"sealed")
    written = encode(issued, "aa", sha256(b"sealed").hexdigest())
    assert b"sealed" not in written
    assert json.loads(written)["data"]["notice"] == sha256(b"sealed").hexdigest()
    assert decode(written, b"", b"sealed").notice == b"sealed"
    assert decode(written).notice == b""
    assert decode(encode(entry(KioskStopped("update")))).notice is None


def test_enums_and_tuples_come_back_as_such() -> None:
    moved = decode(encode(entry(CodeMoved(ParcelId("p"), CodeLife.GRACE, 5))))
    assert isinstance(moved.body, CodeMoved)
    assert moved.body.life is CodeLife.GRACE


def test_a_kind_of_a_newer_version_is_refused_by_name() -> None:
    newer = encode(entry(KioskStopped("update"))).replace(b"kiosk_stopped", b"kiosk_flown")
    with pytest.raises(UnknownEntryError, match="'kiosk_flown' is not known"):
        decode(newer)


def test_a_body_without_a_field_that_has_no_default_is_refused_by_name() -> None:
    short = encode(entry(KioskStopped("update"))).replace(b'"reason":"update"', b"")
    with pytest.raises(UnknownEntryError, match="'kiosk_stopped' lacks reason"):
        decode(short)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"{}",
        b'{"type":"kiosk_stopped"}',
        b'{"type":[]}',
        b'{"type":"kiosk_stopped","data":7}',
    ],
)
def test_bytes_that_are_no_entry_are_refused(stored: bytes) -> None:
    with pytest.raises(UnknownEntryError):
        decode(stored)


def test_a_value_that_a_field_cannot_have_is_refused() -> None:
    strange = encode(entry(CodeMoved(ParcelId("p"), CodeLife.LIVE))).replace(b'"live"', b'"lively"')
    with pytest.raises(UnknownEntryError, match="lively"):
        decode(strange)


def test_a_field_of_a_newer_version_is_ignored_and_a_missing_one_with_a_default_is_filled() -> None:
    row = json.loads(encode(entry(CodeMoved(ParcelId("p"), CodeLife.LIVE, 9, "kept"))))
    row["data"] |= {"colour": "blue"}
    del row["data"]["until_ms"]
    assert decode(canonical(row)).body == CodeMoved(ParcelId("p"), CodeLife.LIVE, 0, "kept")


def test_an_entry_does_not_show_its_notice() -> None:
    assert "sealed" not in repr(entry(CodeIssued(ParcelId("p")), b"sealed"))


def test_the_kinds_cover_an_unlock_with_all_its_fields() -> None:
    assert [f.name for f in fields(UnlockRequested)] == [
        "opening",
        "pulse_number",
        "compartment",
        "purpose",
        "parcels",
        "visit",
        "by",
        "credential",
        "pulse_ms",
    ]


KIND_NAMES = [
    "alarm_raised",
    "attempt_debited",
    "attempt_denied",
    "attempt_refunded",
    "attempt_refused",
    "board_lost",
    "board_returned",
    "brown_out",
    "clock_jumped",
    "code_issued",
    "code_moved",
    "compartment_checked",
    "compartment_freed",
    "compartment_out_of_order",
    "compartment_repaired",
    "contact_suspected",
    "courier_identified",
    "courier_refused",
    "directory_applied",
    "dispute_opened",
    "door_closed",
    "door_forced",
    "door_left_open",
    "door_opened",
    "door_relocked",
    "door_shut",
    "door_unseen",
    "drop_confirmed",
    "epoch_started",
    "epochs_deleted",
    "forced_storm",
    "guarded_mode_entered",
    "guarded_mode_left",
    "kiosk_started",
    "kiosk_stopped",
    "label_photographed",
    "layout_applied",
    "maintenance_refused",
    "maintenance_requested",
    "notice_released",
    "notice_withdrawn",
    "opening_failed",
    "overflow_recorded",
    "parcel_collected",
    "parcel_kept",
    "parcel_moved",
    "parcel_reserved",
    "parcel_stored",
    "parcel_withdrawn",
    "personal_data_erased",
    "policy_applied",
    "pulse_failed",
    "recipient_looked_up",
    "reservation_dropped",
    "resident_identified",
    "resident_refused",
    "supply_alarm",
    "unlock_abandoned",
    "unlock_requested",
    "visit_ended",
    "wiring_suspected",
    "work_order_opened",
]
