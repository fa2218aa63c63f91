"""Polarity and byte order: what a raw contact level says of a door, and which byte speaks of the first eight channels.

Holds the two rules for all families. It must not know frames. Four programs contradict each other about which level is
"open" because they met different locks: so it is a setting of each board, and of single channels.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from drivers.boards.base import BoardSettings, ByteOrder
from kiosk.core.events import Reading


def reading_of(settings: BoardSettings, channel: int, level: int) -> Reading:
    """What the raw contact level, 0 or 1, of a channel says about its door."""
    return Reading.CLOSED if level == _closed_level(settings, channel) else Reading.OPEN


def level_of(settings: BoardSettings, channel: int, reading: Reading) -> int:
    """The raw level with which a board says this reading; a faulty contact reads as open."""
    closed_level = _closed_level(settings, channel)
    return closed_level if reading is Reading.CLOSED else 1 - closed_level


def _closed_level(settings: BoardSettings, channel: int) -> int:
    return settings.closed_level ^ (channel in settings.inverted_channels)


def readings_of(settings: BoardSettings, data: bytes) -> dict[int, Reading]:
    """What the levels in a board's data bytes say, by channel, for those channels that the board has."""
    levels = bits_of(settings, data)[: settings.channels]
    return {channel: reading_of(settings, channel, level) for channel, level in enumerate(levels, start=1)}


def data_of_readings(settings: BoardSettings, readings: Mapping[int, Reading], count: int) -> bytes:
    """``count`` data bytes that say the readings; a channel without one says 0, as with nothing connected."""
    known = range(1, min(settings.channels, 8 * count) + 1)
    high = [channel for channel in known if channel in readings and level_of(settings, channel, readings[channel])]
    return data_of(settings, high, count)


def bits_of(settings: BoardSettings, data: bytes) -> list[int]:
    """The bits of a board's data bytes, lowest channel first."""
    return [byte >> bit & 1 for byte in _low_first(settings, data) for bit in range(8)]


def data_of(settings: BoardSettings, channels: Iterable[int], count: int) -> bytes:
    """``count`` data bytes in which the bits of ``channels``, counted from 1, are set."""
    low_first = sum(1 << channel - 1 for channel in channels).to_bytes(count, "little")
    return _low_first(settings, low_first)


@cache
def low_first(settings: BoardSettings) -> BoardSettings:
    """The settings of a board whose family usually sends channels 1 to 8 in the first byte."""
    return settings if settings.byte_order is not None else replace(settings, byte_order=ByteOrder.FIRST_BYTE_LOW)


def _low_first(settings: BoardSettings, data: bytes) -> bytes:
    """Usually last: so find three programs for each of shuoming and waveshare; one for shuoming, the first byte."""
    return data if settings.byte_order is ByteOrder.FIRST_BYTE_LOW else data[::-1]
