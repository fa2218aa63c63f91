"""What a device that types sends: struct input_event records, written down by key names, and labels as a scanner types
them.

Holds the sender's side, on its own table. It must not use the one of the reader.
"""

import struct
from dataclasses import dataclass

EV_SYN, EV_KEY, EV_MSC = 0, 1, 4
NAMES = {
    "ESC": 1, "1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10, "0": 11, "-": 12, "=": 13,
    "TAB": 15, "q": 16, "w": 17, "e": 18, "r": 19, "t": 20, "y": 21, "u": 22, "i": 23, "o": 24, "p": 25, "[": 26,
    "]": 27, "ENTER": 28, "LEFTCTRL": 29, "a": 30, "s": 31, "d": 32, "f": 33, "g": 34, "h": 35, "j": 36, "k": 37,
    "l": 38, ";": 39, "'": 40, "`": 41, "LEFTSHIFT": 42, "\\": 43, "z": 44, "x": 45, "c": 46, "v": 47, "b": 48,
    "n": 49, "m": 50, ",": 51, ".": 52, "/": 53, "RIGHTSHIFT": 54, "KP*": 55, "LEFTALT": 56, " ": 57, "CAPSLOCK": 58,
    "F1": 59, "KP7": 71, "KP8": 72, "KP9": 73, "KP-": 74, "KP4": 75, "KP5": 76, "KP6": 77, "KP+": 78, "KP1": 79,
    "KP2": 80, "KP3": 81, "KP0": 82, "KP.": 83, "KPENTER": 96, "RIGHTCTRL": 97, "KP/": 98, "RIGHTALT": 100,
    "BACKSPACE": 14, "DELETE": 111, "OK": 352, "CLEAR": 355, "TEL0": 512, "TEL1": 513, "TEL*": 522, "TEL#": 523,
}  # fmt: skip
WITH_SHIFT = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))
GERMAN = str.maketrans("yzYZ-_/?=+;:'\"", "zyZY/?&_)]<>#@")
"""Which US key a scanner that is set to a German desktop presses, shown by what a US keyboard makes of it; as far as
labels and passes need it."""


@dataclass(frozen=True, slots=True)
class Typist:
    """How a device types; as created, as scanners are delivered."""

    terminator: str = "ENTER"
    """A key, or "" for none."""
    gs: str = "ctrl"
    """GS as Ctrl+] (``ctrl``), as Ctrl+Shift+J (``ctrl-shift``), as a number with Alt (``alt``), or not (``none``)."""
    german: bool = False
    """It is set to another desktop than the US one."""
    caps: bool = False
    """It found the host's Caps Lock on, and turns the case of letters round."""
    repeats: bool = False
    """Each key is held so long that the host repeats it."""


AS_DELIVERED = Typist()


def record(kind: int, code: int, value: int) -> bytes:
    return struct.pack("llHHi", 1_700_000_000, 1, kind, code, value)


def report() -> bytes:
    return record(EV_SYN, 0, 0)


def dropped() -> bytes:
    return record(EV_SYN, 3, 0)


def down(name: str) -> bytes:
    """With the scan code before it, as real keyboards send it."""
    return record(EV_MSC, 4, 0x70000) + record(EV_KEY, NAMES[name], 1) + report()


def up(name: str) -> bytes:
    return record(EV_KEY, NAMES[name], 0) + report()


def repeat(name: str) -> bytes:
    return record(EV_KEY, NAMES[name], 2) + report()


def press(name: str, *held: str) -> bytes:
    before, after = map(down, held), map(up, reversed(held))
    return b"".join([*before, down(name), up(name), *after])


def typed(text: str, typist: Typist = AS_DELIVERED) -> bytes:
    """``text`` and nothing behind it, CR as Enter."""
    if typist.german:
        text = text.translate(GERMAN)
    if typist.caps:
        text = text.swapcase()
    return b"".join(_typed(character, typist) for character in text)


def label(text: str, typist: Typist = AS_DELIVERED) -> bytes:
    """A whole label with its terminator."""
    return typed(text, typist) + (press(typist.terminator) if typist.terminator else b"")


def _typed(character: str, typist: Typist) -> bytes:
    special = {"\r": ("ENTER",), "\t": ("TAB",)}
    if character == "\x1d":
        return _gs(typist)
    if character in special:
        return press(*special[character])
    if character in WITH_SHIFT:
        return press(WITH_SHIFT[character], "RIGHTSHIFT")
    if character.isupper():
        return press(character.lower(), "LEFTSHIFT")
    held = repeat(character) * 3 if typist.repeats else b""
    return down(character) + held + up(character)


def _gs(typist: Typist) -> bytes:
    match typist.gs:
        case "ctrl":
            return press("]", "LEFTCTRL")
        case "ctrl-shift":
            return press("j", "LEFTCTRL", "LEFTSHIFT")
        case "alt":
            return down("LEFTALT") + b"".join(map(press, ("KP0", "KP0", "KP2", "KP9"))) + up("LEFTALT")
        case _:
            return b""
