"""Modbus RTU: check and frame, the same for every board that speaks it.

Holds no function or register of a family. It must not know what a frame does.
"""


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS: polynomial A001 reflected, start FFFF; sent low byte first. 0 over a frame with its good check."""
    crc = 0xFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


CRC_TABLE = tuple(_crc_of_byte(byte) for byte in range(256))


def framed(*body: int) -> bytes:
    """A frame: its bytes and their check."""
    data = bytes(body)
    return data + crc16(data).to_bytes(2, "little")


def asking(address: int, function: int, register: int, value: int) -> bytes:
    """A request of eight bytes: register, counted from 0, and value or count. Example: ``01 02 00 00 00 08 79 CC``."""
    return framed(address, function, *register.to_bytes(2, "big"), *value.to_bytes(2, "big"))
