"""Check bytes: one byte that follows from all bytes before it.

Holds the two rules that lock boards use beside Modbus. It must not know frames.
"""

from functools import reduce
from operator import xor


def xor_of(data: bytes) -> int:
    """XOR of all bytes; 0 over a frame with its good check byte."""
    return reduce(xor, data, 0)


def sum_of(data: bytes) -> int:
    """The low eight bits of the sum of all bytes."""
    return sum(data) & 0xFF
