"""Frames written as their bytes without the check, which is put behind them.

Holds no frame. It must not know a layout.
"""

from drivers.boards.checks import xor_of
from drivers.boards.modbus import crc16


def xored(text: str) -> bytes:
    """Hexadecimal bytes and their XOR, as families shuoming and wkly end their frames."""
    data = bytes.fromhex(text)
    return data + bytes([xor_of(data)])


def summed(text: str) -> bytes:
    """Hexadecimal bytes and their CRC-16, as family waveshare ends its frames."""
    data = bytes.fromhex(text)
    return data + crc16(data).to_bytes(2, "little")
