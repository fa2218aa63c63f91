"""Keyboard wedge: records in, characters out. Pure; the records are those the kernel would give.

Not measured on a real input device: what a scanner sends is taken from the kernel's headers and from traces.
"""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.input.assembly import LOST
from drivers.input.wedge import RECORD, WedgeKeys
from hardware_sim.keys import EV_KEY, down, dropped, press, record, repeat, report, typed, up

TYPEABLE = string.ascii_letters + string.digits + string.punctuation + " \r\t\x1d"


def read(*records: bytes) -> str:
    return WedgeKeys().receive(b"".join(records))


@given(st.text(TYPEABLE))
def test_what_is_typed_on_a_us_keyboard_comes_out(text: str) -> None:
    assert read(typed(text)) == text


@given(st.text(TYPEABLE, max_size=30), st.data())
def test_records_that_are_cut_anywhere_are_put_together(text: str, data: st.DataObject) -> None:
    records = typed(text)
    cut = data.draw(st.integers(0, len(records)))
    keys = WedgeKeys()

    assert keys.receive(records[:cut]) + keys.receive(records[cut:]) == text


def test_a_record_is_as_long_as_the_kernels() -> None:
    assert RECORD.size in {16, 24}


def test_only_the_way_down_counts_and_auto_repeat_does_not() -> None:
    assert read(down("a"), repeat("a"), repeat("a"), up("a"), up("b")) == "a"


def test_two_shifts_are_two() -> None:
    assert (
        read(down("LEFTSHIFT"), down("RIGHTSHIFT"), up("LEFTSHIFT"), press("a"), up("RIGHTSHIFT"), press("a")) == "Aa"
    )


def test_a_held_shift_that_repeats_stays_held() -> None:
    assert read(down("LEFTSHIFT"), repeat("LEFTSHIFT"), press("a"), up("LEFTSHIFT")) == "A"


def test_caps_lock_turns_letters_round_and_nothing_else() -> None:
    caps = press("CAPSLOCK")

    assert read(caps, typed("aB1!"), caps, typed("aB")) == "Ab1!aB"
    assert read(down("CAPSLOCK"), repeat("CAPSLOCK"), up("CAPSLOCK"), press("a")) == "A"


@pytest.mark.parametrize(
    ("key", "held", "character"),
    [
        ("]", ("LEFTCTRL",), "\x1d"),
        ("]", ("RIGHTCTRL", "LEFTSHIFT"), "\x1d"),
        ("6", ("LEFTCTRL", "LEFTSHIFT"), "\x1e"),
        ("-", ("LEFTCTRL", "LEFTSHIFT"), "\x1f"),
        ("d", ("LEFTCTRL",), "\x04"),
        ("m", ("LEFTCTRL",), "\r"),
        ("j", ("LEFTCTRL",), "\n"),
        ("j", ("LEFTCTRL", "LEFTSHIFT"), "\x1d"),
        ("m", ("LEFTCTRL", "LEFTSHIFT"), "\r"),
        ("1", ("LEFTCTRL",), ""),
        ("F1", ("LEFTCTRL",), ""),
        ("F1", (), ""),
        ("F1", ("LEFTSHIFT",), ""),
        ("ESC", (), ""),
    ],
)
def test_control_characters_come_with_ctrl_and_unknown_keys_are_none(
    key: str, held: tuple[str, ...], character: str
) -> None:
    assert read(press(key, *held), press("a")) == character + "a"


def with_alt(*keys: str) -> bytes:
    return down("LEFTALT") + b"".join(map(press, keys)) + up("LEFTALT")


@pytest.mark.parametrize(
    ("keys", "character"),
    [
        (("KP0", "KP2", "KP9"), "\x1d"),
        (("KP0", "KP0", "KP2", "KP9"), "\x1d"),
        (("KP6", "KP5"), "A"),
        (("KP2", "KP5", "KP5"), "\xff"),
        (("KP2", "KP5", "KP6"), ""),
        (("KP0",), ""),
        ((), ""),
        (("a", "KP6", "1", "KP5", "KP+"), "A"),
        (("KP9",) * 5_000, ""),
    ],
)
def test_a_number_typed_with_alt_is_one_character_and_never_its_digits(keys: tuple[str, ...], character: str) -> None:
    assert read(press("x"), with_alt(*keys), press("x")) == f"x{character}x"


def test_the_keypad_types_what_is_printed_on_it() -> None:
    names = ["KP7", "KP8", "KP9", "KP-", "KP4", "KP5", "KP6", "KP+", "KP1", "KP2", "KP3", "KP0", "KP.", "KP/", "KP*"]

    assert read(*map(press, names), press("KPENTER")) == "789-456+1230./*\r"


def test_where_the_kernel_lost_keys_there_is_a_mark_and_nothing_is_held() -> None:
    torso = record(EV_KEY, 30, 1)

    assert read(typed("one\rtw"), down("LEFTSHIFT"), dropped(), torso, report(), typed("o\rx")) == f"one\rtw{LOST}o\rx"


def test_a_new_plug_finds_nothing_held_down() -> None:
    read(down("LEFTSHIFT"), down("LEFTCTRL"))

    assert read(press("a")) == "a"


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    assert all(ord(character) <= 0xFF or character == LOST for character in WedgeKeys().receive(data))
