"""What a command was given, by options or by one JSON object, and the checks that both share.

Holds names, kinds and ranges of values. It must not know a command.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from kiosk.cli.common import BadInput

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Given:
    """The values by key; a key that was not given is not there. Every method raises BadInput naming what is allowed."""

    values: Mapping[str, object]
    by_options: bool

    @classmethod
    def from_options(cls, texts: Mapping[str, str | None]) -> Self:
        """The texts of command line options; None is an option that was not given."""
        return cls({key: text for key, text in texts.items() if text is not None}, by_options=True)

    @classmethod
    def from_json(cls, value: object, keys: Collection[str]) -> Self:
        """One JSON object with some of ``keys``; null is as if it were not there."""
        if not isinstance(value, dict):
            message = f"a line must be a JSON object with {', '.join(keys)}"
            raise BadInput(message)
        if unknown := sorted(value.keys() - keys):
            message = f"unknown key {shown(unknown[0])}; allowed are {', '.join(keys)}"
            raise BadInput(message)
        return cls({key: each for key, each in value.items() if each is not None}, by_options=False)

    def name(self, key: str) -> str:
        """The key as whoever gave it writes it."""
        return f"--{key.replace('_', '-')}" if self.by_options else key

    def number(self, key: str, low: int, high: int, *, otherwise: int | None = None) -> int:
        """A whole number from ``low`` to ``high``; ``otherwise`` if it was not given and there is one."""
        if otherwise is not None and key not in self.values:
            return otherwise
        value = self.values.get(key)
        if self.by_options and isinstance(value, str) and WHOLE_NUMBER.fullmatch(value):
            value = int(value)
        if type(value) is not int or not low <= value <= high:  # JSON's true is no number, although Python's is
            raise self._bad(key, f"a whole number from {low} to {high}")
        return value

    def one_of(self, key: str, names: Collection[str]) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or value not in names:
            raise self._bad(key, f"one of {', '.join(names)}")
        return value

    def data(self, key: str, most: int) -> bytes:
        """At most ``most`` bytes, from hexadecimal digits of either case with blanks anywhere."""
        value = self.values.get(key)
        try:
            data = bytes.fromhex("".join(value.split())) if isinstance(value, str) else None
        except ValueError:
            data = None
        if data is None or len(data) > most:
            raise self._bad(key, f"text of at most {most} pairs of hexadecimal digits")
        return data

    def refuse(self, key: str, reason: str) -> None:
        """Nothing, if the key was not given."""
        if key in self.values:
            message = f"{self.name(key)}: {reason}"
            raise BadInput(message)

    def _bad(self, key: str, allowed: str) -> BadInput:
        if key not in self.values:
            return BadInput(f"{self.name(key)} is missing; {allowed} is allowed")
        return BadInput(f"{self.name(key)}: {allowed} is allowed, not {shown(self.values[key])}")


def shown(value: object) -> str:
    """A value as its giver would know it again, in a few characters that move no terminal's cursor."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            text = json.dumps(value)
            return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
