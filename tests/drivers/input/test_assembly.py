"""Scan assembly: terminators, gaps, the cap, the same label once more. Pure; time is a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.input.assembly import GAP_US, LOST, MOST_SCANS, MOST_SCANS_US, SAME_SCAN_US, Assembler, ScanEvent
from kiosk.core.carriers import LONGEST
from kiosk.core.events import BadgeShown, ScanRejected
from kiosk.core.ids import Secret
from tests.drivers.input.inboxes import scanned

UPS = "1Z5R89390357567127"
CHARACTER_US = 1_042
"""One character at 9600 baud, 8N1."""


class Stream:
    """A scanner's characters, one by one at its speed."""

    def __init__(self) -> None:
        self.assembler = Assembler()
        self.now_us = 0

    def send(self, text: str) -> list[ScanEvent]:
        events: list[ScanEvent] = []
        for character in text:
            self.now_us += CHARACTER_US
            events += self.assembler.expire(self.now_us)
            events += self.assembler.receive(character, self.now_us)
        return events

    def wait(self, us: int = GAP_US) -> list[ScanEvent]:
        self.now_us += us
        return self.assembler.expire(self.now_us)


# --- where a scan ends ---


@pytest.mark.parametrize("terminator", ["\r", "\n", "\r\n", "\t", "\r\r\n\n"])
def test_each_terminator_ends_a_scan_and_empty_lines_are_none(terminator: str) -> None:
    stream = Stream()

    assert stream.send(terminator + UPS + terminator + "second" + terminator) == [scanned(UPS), scanned("second")]
    assert stream.assembler.deadline_us() is None
    assert stream.wait() == []


def test_a_gap_ends_a_scan_without_terminator_and_not_before() -> None:
    stream = Stream()

    assert stream.send(UPS) == []
    assert stream.assembler.deadline_us() == stream.now_us + GAP_US
    assert stream.wait(GAP_US - 1) == []
    assert stream.wait(1) == [scanned(UPS)]
    assert stream.assembler.deadline_us() is None


def test_a_reader_that_was_late_does_not_cut_a_label_in_two() -> None:
    assembler = Assembler()

    assert assembler.receive(UPS[:9], 0) == []
    assert assembler.receive(UPS[9:] + "\r", 10 * GAP_US) == [scanned(UPS)]


def test_scans_that_come_in_one_piece_are_told_apart() -> None:
    assert Assembler().receive("one\rtwo\nthree\t", 0) == [scanned("one"), scanned("two"), scanned("three")]


def test_a_scan_goes_on_exactly_as_it_came() -> None:
    stream = Stream()
    texts = ["LK1:aB c  D ", " ]C142010001\x1d9400 ", "caf\xc3\xa9\x00", "  "]

    assert stream.send("".join(text + "\r" for text in texts)) == [scanned(text) for text in texts]


def test_a_person_at_the_keys_is_no_scanner() -> None:
    stream = Stream()

    assert [event for key in "12345678" for event in stream.send(key) + stream.wait()] == []
    assert stream.send("\r") == []
    assert stream.send("5\r") == [scanned("5")]


# --- the cap ---


def test_a_scan_of_exactly_the_cap_is_a_scan() -> None:
    assert Stream().send("9" * LONGEST + "\r") == [scanned("9" * LONGEST)]


@pytest.mark.parametrize("length", [LONGEST + 1, 5_000])
def test_a_longer_one_is_rejected_once_with_its_length_and_the_next_is_unharmed(length: int) -> None:
    ended, silent = Stream(), Stream()

    assert ended.send("9" * length + "\r\n" + UPS + "\r") == [ScanRejected(length), scanned(UPS)]
    assert silent.send("9" * length) == []
    assert silent.wait() == [ScanRejected(length)]
    assert silent.send(UPS + "\r") == [scanned(UPS)]


# --- the same label once more ---


def test_a_label_that_stays_in_the_beam_is_one_scan() -> None:
    stream = Stream()
    events = stream.send(UPS + "\r")
    for _ in range(5):
        stream.wait(SAME_SCAN_US // 2)
        events += stream.send(UPS + "\r")

    assert events == [scanned(UPS)]


def test_the_same_label_counts_again_after_a_moment_or_another_label() -> None:
    stream = Stream()

    assert stream.send(f"{UPS}\r") == [scanned(UPS)]
    stream.wait(SAME_SCAN_US)
    assert stream.send(f"{UPS}\rother\r{UPS}\r") == [scanned(UPS), scanned("other"), scanned(UPS)]


# --- what does not belong to a scan ---


def test_a_scan_that_lost_characters_is_thrown_away_whole_and_the_next_is_unharmed() -> None:
    stream = Stream()

    assert stream.send(f"first\r{UPS[:5]}{LOST}{UPS[8:]}\r{UPS}\r") == [scanned("first"), scanned(UPS)]
    assert stream.send(f"{LOST}9" + "9" * 5_000) + stream.wait() == []


# --- more than anybody scans ---


def test_noise_that_ends_a_thousand_scans_in_a_second_is_cut_to_a_few_and_the_next_second_is_unharmed() -> None:
    assembler = Assembler()

    flood = assembler.receive("".join(f"{count}\r" for count in range(1_000)), MOST_SCANS_US)

    assert flood == [scanned(str(count)) for count in range(MOST_SCANS)]
    assert assembler.receive(f"{UPS}\r", 2 * MOST_SCANS_US) == [scanned(UPS)]


def test_scans_that_are_too_long_count_among_them() -> None:
    events = Assembler().receive(f"{'9' * (LONGEST + 1)}\r" * 100, 0)

    assert events == [ScanRejected(LONGEST + 1)] * MOST_SCANS


# --- badges ---


def test_what_a_badge_reader_sends_is_a_badge_with_the_readers_name() -> None:
    assert Assembler("door", BadgeShown).receive("04A1B2C3\r\n", 0) == [BadgeShown(Secret("04A1B2C3"), "door")]


# --- any stream ---


@given(st.lists(st.text(st.characters(max_codepoint=0xFF), max_size=40)), st.data())
def test_how_a_stream_is_cut_changes_nothing(texts: list[str], data: st.DataObject) -> None:
    stream = "".join(texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    whole, cut = Assembler(), Assembler()

    pieces = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    by_pieces = [event for piece in pieces for event in cut.receive(piece, 0)]

    assert by_pieces == whole.receive(stream, 0)
    assert cut.expire(GAP_US) == whole.expire(GAP_US)
