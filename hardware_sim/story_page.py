"""The page a story is told on: headings, paragraphs and time-stamped lines in columns, at most 100 wide.

Holds the layout and its colours. It must not know what is told. Only ASCII is used, so that every terminal can show it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import zip_longest
from textwrap import wrap as wrap_paragraph
from typing import TextIO

WIDTH = 100
TIME_WIDTH, LANE_WIDTH, KEY_WIDTH = 8, 8, 30
KEY_BEGINS = TIME_WIDTH + 2 + LANE_WIDTH + 2
WORDS_BEGIN = KEY_BEGINS + KEY_WIDTH + 2
PLAIN, BOLD = "0", "1"


class Lane(StrEnum):
    """Whose line it is; stands in front of it."""

    COURIER = "courier"
    RESIDENT = "resident"
    SCREEN = "screen"
    COMMIT = "commit"
    SAME_COMMIT = "  +"
    WIRE = "wire"
    DOOR = "door"
    PHONE = "phone"


COLOURS: Mapping[Lane, str] = {
    Lane.COURIER: "35",
    Lane.RESIDENT: "35",
    Lane.SCREEN: "34",
    Lane.COMMIT: "32",
    Lane.SAME_COMMIT: "32",
    Lane.WIRE: "36",
    Lane.DOOR: "33",
    Lane.PHONE: "35",
}
"""SGR codes of ECMA-48, the sixteen colours that follow the reader's own palette."""


def wants_colours(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether ``out`` is a terminal whose reader has not asked for plain text (no-color.org)."""
    return out.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most ``width``; a line break in ``text`` is kept."""
    return [line for part in text.split("\n") for line in wrap_paragraph(part, width, subsequent_indent=indent)]


class Page:
    """Writes to ``out``, in order, as it is told."""

    def __init__(self, out: TextIO, *, colours: bool) -> None:
        self._out = out
        self._colours = colours
        self._in_lines = False
        """Whether the last thing written was a line in columns."""

    def heading(self, text: str, rule: str = "-") -> None:
        self._write("" if self._in_lines else None, self._painted(text, BOLD), rule * len(text))
        self._in_lines = False

    def paragraph(self, text: str) -> None:
        self._write("" if self._in_lines else None, *wrap(text, WIDTH), "")
        self._in_lines = False

    def table(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Columns as wide as their widest cell; the last one is wrapped."""
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
        margin = sum(widths) + 2 * (len(widths) + 1)
        for row in rows:
            first, *more = wrap(row[-1], WIDTH - margin)
            cells = (f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=True))
            self._write("  ".join(("", *cells, first)), *(" " * margin + rest for rest in more))
        self._write("")
        self._in_lines = False

    def line(self, at_ms: int | None, lane: Lane, words: str, key: str = "") -> None:
        """One line: when, whose, and what; a ``key`` such as a frame stands in a column before the words."""
        time = "" if at_ms is None else f"{at_ms / 1000:.3f}"
        painted = self._painted(f"{lane.value:<{LANE_WIDTH}}", COLOURS[lane])
        margin = f"{time:>{TIME_WIDTH}}  {painted}  "
        for text in self._columns(lane, words, key):
            self._write(margin + text)
            margin = " " * KEY_BEGINS
        self._in_lines = True

    def _columns(self, lane: Lane, words: str, key: str) -> Iterator[str]:
        if not key:
            yield from wrap(words, WIDTH - KEY_BEGINS)
            return
        keys, rest = wrap(key, KEY_WIDTH, indent="   "), wrap(words, WIDTH - WORDS_BEGIN)
        for left, right in zip_longest(keys, rest, fillvalue=""):
            padded = self._painted(f"{left:<{KEY_WIDTH}}", COLOURS[lane])
            yield f"{padded}  {right}".rstrip()

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[{PLAIN}m" if self._colours else text

    def _write(self, *lines: str | None) -> None:
        self._out.writelines(f"{line}\n" for line in lines if line is not None)
