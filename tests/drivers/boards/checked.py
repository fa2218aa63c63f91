"""Frames written as their bytes without the check, which is put behind them.

Holds no frame. It must not know a layout.
"""

from drivers.boards.modbus import crc16
from drivers.boards.shuoming import check_byte


def xored(text: str) -> bytes:
    """Hexadecimal bytes and their XOR, as family shuoming ends its frames."""
    data = bytes.fromhex(text)
    return data + bytes([check_byte(data)])


def summed(text: str) -> bytes:
    """Hexadecimal bytes and their CRC-16, as family waveshare ends its frames."""
    data = bytes.fromhex(text)
    return data + crc16(data).to_bytes(2, "little")
