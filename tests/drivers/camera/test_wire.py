"""What the kiosk and the camera's process say to each other, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.wire import Code, Failed, Frame, Message, Messages, Opened, Photograph, encode

SAID: list[tuple[Message, str]] = [
    (Opened(), "4F 00 00 00 00"),
    (Failed("no camera"), "58 00 00 00 09 6E 6F 20 63 61 6D 65 72 61"),
    (Code("]Q112"), "43 00 00 00 05 5D 51 31 31 32"),
    (Code("é"), "43 00 00 00 02 C3 A9"),
    (Photograph(b"\xff\xd8"), "4A 00 00 00 02 FF D8"),
    (Frame(2, 1, b"\x01\x02\x03\x04\x05\x06"), "46 00 00 00 0A 00 02 00 01 01 02 03 04 05 06"),
]


@pytest.mark.parametrize(("message", "hexadecimal"), SAID)
def test_each_message_has_its_bytes(message: Message, hexadecimal: str) -> None:
    data = bytes.fromhex(hexadecimal)

    assert encode(message) == data
    assert Messages().receive(data) == [message]


@given(st.lists(st.integers(1, 9)))
def test_messages_are_whole_however_they_are_cut(cuts: list[int]) -> None:
    data = b"".join(encode(message) for message, _ in SAID)
    messages, found = Messages(), []
    for cut in cuts:
        found += messages.receive(data[:cut])
        data = data[cut:]
    found += messages.receive(data)

    assert found == [message for message, _ in SAID]


def test_what_no_process_says_is_refused() -> None:
    with pytest.raises(ValueError, match="begins no message"):
        Messages().receive(b"Z\0\0\0\0")


def test_neither_a_code_nor_a_picture_shows_in_a_log() -> None:
    assert repr(Code("]Q112345674")) == "Code()"
    assert repr(Photograph(b"abc")) == "Photograph()"
    assert repr(Frame(1, 1, b"abc")) == "Frame(width=1, height=1)"
