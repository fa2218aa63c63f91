"""The golden frames of each board family, as data: captured on hardware, published, or computed from the layout.

Holds the reader of their text files. It must not know a codec: that is what they check.
"""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a golden file. ``keys`` are the words of its meaning."""

    family: str
    name: str
    direction: str
    data: bytes
    keys: dict[str, str]

    @property
    def malformed(self) -> bool:
        return "expect" in self.keys

    def numbers(self, key: str) -> tuple[int, ...]:
        """A comma separated list of numbers; ``none`` and an absent key are empty."""
        listed = self.keys.get(key, "none")
        return () if listed == "none" else tuple(int(number) for number in listed.split(","))

    def number(self, key: str, otherwise: int = 0) -> int:
        return int(self.keys.get(key, otherwise))


def read_frames(family: str) -> dict[str, Frame]:
    """Every golden frame of a family, by name."""
    lines = (HERE / f"{family}.txt").read_text(encoding="ascii").splitlines()
    frames = [_frame(family, line) for line in lines if line and not line.startswith("#")]
    return {frame.name: frame for frame in frames}


def _frame(family: str, line: str) -> Frame:
    name, direction, data, meaning = (part.strip() for part in line.split("|"))
    keys = dict(word.split("=", 1) for word in meaning.split())
    return Frame(family, name, direction, bytes.fromhex(data), keys)
