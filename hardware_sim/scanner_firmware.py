"""What is in a serial scanner that takes commands: it obeys, acknowledges, and reads what is held up when triggered.

Holds the scanner's side of each protocol, on the codecs of the drivers. It must not know when the kiosk says something,
nor what a label means.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from drivers.input.protocols import gm65, ssi
from drivers.input.protocols.words import DATALOGIC, HONEYWELL
from hardware_sim.scanner import SimScanner

if TYPE_CHECKING:
    from hardware_sim.world import Planned

AIM = "]C0"
"""Code 128: every label here is one."""
LOOK_US = 5_000_000
"""A trigger ends by itself, as a GM65's does when delivered."""
ASK_AGAIN_US, SENDINGS = 1_000_000, 3
"""A symbol that the host does not acknowledge is sent twice more."""


class Eye:
    """Looks while it is triggered, and reads what is held up: one symbol for each trigger, or until it is let go."""

    def __init__(self, scanner: SimScanner, read: Callable[[str], object], *, once: bool) -> None:
        self.looking = False
        self.triggers = 0
        self._world = scanner.world
        self._read = read
        self._once = once
        self._label = ""
        self._end: Planned | None = None

    def trigger(self) -> None:
        self.triggers += 1
        self.looking = True
        if self._end is not None:
            self._end.call_off()
        self._end = self._world.after(LOOK_US, self.release) if self._once else None
        self._see()

    def release(self) -> None:
        self.looking = False

    def hold_up(self, label: str) -> None:
        """Hold a label before it; "" takes it away."""
        self._label = label
        self._see()

    def _see(self) -> None:
        if self.looking and self._label:
            label, self._label = self._label, ""
            self.looking = not self._once
            self._read(label)


class Gm65Firmware:
    """Grow GM65 in the mode *command trigger*."""

    def __init__(self, scanner: SimScanner) -> None:
        self.eye = Eye(scanner, self._read, once=True)
        self.commands: list[gm65.Command] = []
        self.silent = False
        self._scanner = scanner
        self._aim = False
        self._heard = b""

    def hear(self, data: bytes) -> None:
        """A frame that is damaged is not answered."""
        self._heard += data
        while (begin := self._heard.find(gm65.COMMAND_HEAD)) >= 0 and len(self._heard) >= begin + 4:
            end = begin + 8 + self._heard[begin + 3]
            if len(self._heard) < end:
                return
            frame, self._heard = self._heard[begin:end], self._heard[end:]
            command = gm65.decode_command(frame)
            if command is not None and not self.silent:
                self._obey(command)

    def _obey(self, command: gm65.Command) -> None:
        self.commands.append(command)
        self._scanner.send(gm65.encode_reply(b"\x00"))
        match command:
            case gm65.Command(gm65.WRITE, gm65.AIM_PREFIX, data):
                self._aim = data == b"\x80"
            case gm65.Command(gm65.WRITE, gm65.TRIGGER, b"\x01"):
                self.eye.trigger()
            case gm65.Command(gm65.WRITE, gm65.TRIGGER, b"\x00"):
                self.eye.release()
            case _:
                pass

    def _read(self, label: str) -> None:
        self._scanner.scan((AIM if self._aim else "") + label)


class SsiFirmware:
    """Simple Serial Interface, as delivered: raw data, asleep until a byte comes."""

    def __init__(self, scanner: SimScanner) -> None:
        self.eye = Eye(scanner, self._read, once=True)
        self.parameters: dict[int, int] = {}
        self.damaged = 0
        """How many symbols are still to be damaged on their way."""
        self.unheard = 0
        """How many acknowledgements of the host are still to get lost."""
        self.sendings = 0
        self._scanner = scanner
        self._heard = b""
        self._asleep = True
        self._again: Planned | None = None

    def hear(self, data: bytes) -> None:
        if self._asleep:
            self._asleep, data = False, data[1:]
        self._heard += data
        while self._heard:
            packet = ssi.decode(self._heard[: self._heard[0] + ssi.CHECKSUM])
            if packet is None and self._heard[0] >= ssi.HEAD:
                return
            self._heard = self._heard[1 if packet is None else self._heard[0] + ssi.CHECKSUM :]
            if packet is not None:
                self._obey(packet)

    def _obey(self, packet: ssi.Packet) -> None:
        if packet.opcode == ssi.ACK:
            self._acknowledged()
            return
        self._scanner.send(ssi.encode(ssi.Packet(ssi.ACK, ssi.DECODER)))
        match packet.opcode:
            case ssi.PARAM_SEND:
                self.parameters[packet.data[1]] = packet.data[2]
            case ssi.START_DECODE:
                self.eye.trigger()
            case ssi.STOP_DECODE:
                self.eye.release()
            case _:
                pass

    def _acknowledged(self) -> None:
        if self.unheard:
            self.unheard -= 1
        elif self._again is not None:
            self._again.call_off()

    def _read(self, label: str) -> None:
        text = (AIM if self.parameters.get(ssi.CODE_ID) == ssi.AIM else "") + label
        if self.parameters.get(ssi.DATA_FORMAT) == ssi.PACKETED:
            self._send(b"\x03" + text.encode(), SENDINGS)
        else:
            self._scanner.scan(text)

    def _send(self, data: bytes, left: int) -> None:
        self.sendings += 1
        status = 0 if left == SENDINGS else ssi.RETRANSMIT
        packet = bytearray(ssi.encode(ssi.Packet(ssi.DECODE_DATA, ssi.DECODER, status, data)))
        if self.damaged:
            self.damaged -= 1
            packet[-1] ^= 1
        out_us = self._scanner.send(bytes(packet))
        if left > 1:
            self._again = self._scanner.world.at(out_us + ASK_AGAIN_US, lambda: self._send(data, left - 1))


class WordsFirmware:
    """A scanner that obeys two words and answers none."""

    def __init__(self, scanner: SimScanner, trigger: bytes, release: bytes, *, once: bool) -> None:
        self.eye = Eye(scanner, scanner.scan, once=once)
        self._words = {trigger: self.eye.trigger, release: self.eye.release}
        self._heard = b""

    def hear(self, data: bytes) -> None:
        """Words follow each other without anything between them; what begins none is passed over."""
        self._heard += data
        while self._heard:
            word = next((word for word in self._words if self._heard.startswith(word)), b"")
            if word:
                self._words[word]()
            elif any(word.startswith(self._heard) for word in self._words):
                return
            self._heard = self._heard[len(word) or 1 :]


AnyFirmware = Gm65Firmware | SsiFirmware | WordsFirmware
FIRMWARES: Mapping[str, Callable[[SimScanner], AnyFirmware]] = {
    "gm65": Gm65Firmware,
    "ssi": SsiFirmware,
    "honeywell": lambda scanner: WordsFirmware(scanner, HONEYWELL.trigger, HONEYWELL.release, once=True),
    "datalogic": lambda scanner: WordsFirmware(scanner, DATALOGIC.trigger, DATALOGIC.release, once=False),
}
"""By the name of the protocol in settings files."""


def scanner_with(firmware: str, scanner: SimScanner) -> AnyFirmware:
    """Give the scanner that firmware. KeyError if there is none of the name."""
    scanner.firmware = made = FIRMWARES[firmware](scanner)
    return made
