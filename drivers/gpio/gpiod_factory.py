"""A pin factory of gpiozero on libgpiod 2: the pins of any one GPIO chip of the machine, as inputs.

Holds the dealings with gpiod, and how a chip is found. It must not know what hangs on a pin. gpiozero itself has no
such factory; its own for lgpio needs a package without wheels for newer Pythons, and knows the header's pins only.

Facts of the kernel are those of its userspace-api/gpio: a line in use is EBUSY, edges without an interrupt are ENXIO, a
chip that went away is ENODEV, and of a full queue of edges the oldest are lost, so that the last one is always true.
"""

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import gpiod
from gpiod.line import Bias, Clock, Direction, Edge
from gpiozero import (
    BoardInfo,
    Factory,
    HeaderInfo,
    Pin,
    PinEdgeDetectUnsupported,
    PinInfo,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPin,
    PinInvalidPull,
)

CONSUMER = "kiosk"
"""What `gpioinfo` shows as the user of a line."""
DEVICES = Path("/dev")
NUMBERED = re.compile(r"gpiochip[0-9]+")
BIASES: Mapping[str, Bias] = {"floating": Bias.DISABLED, "up": Bias.PULL_UP, "down": Bias.PULL_DOWN}
"""What gpiozero calls a pull. The kernel does what the chip can: a pull that it does not have stays away unsaid."""
EDGES: Mapping[str, Edge] = {"none": Edge.NONE, "rising": Edge.RISING, "falling": Edge.FALLING, "both": Edge.BOTH}
LEVELS = {gpiod.EdgeEvent.Type.RISING_EDGE: 1, gpiod.EdgeEvent.Type.FALLING_EDGE: 0}

LineConfig = dict[Iterable[int | str] | int | str, gpiod.LineSettings | None]
WhenChanged = Callable[[float, int], None]


class LineRequest(Protocol):
    """As much of gpiod.LineRequest as is used here."""

    @property
    def fd(self) -> int: ...
    def get_value(self, line: int | str) -> gpiod.line.Value: ...
    def reconfigure_lines(self, config: LineConfig) -> None: ...
    def read_edge_events(self, max_events: int | None = None) -> list[gpiod.EdgeEvent]: ...
    def release(self) -> None: ...


class Chip(Protocol):
    """As much of gpiod.Chip as is used here."""

    def get_info(self) -> gpiod.ChipInfo: ...
    def request_lines(self, config: LineConfig, consumer: str | None = None) -> LineRequest: ...
    def close(self) -> None: ...


OpenChip = Callable[[str], Chip]


def open_chip(device: str) -> "GpiodFactory":
    """The factory of the chip that a settings file calls ``device``: a path, a name or a label. Raises OSError."""
    return GpiodFactory(gpiod.Chip(path_of(device)))


def path_of(device: str, devices: Path = DEVICES, open_chip: OpenChip = gpiod.Chip) -> str:
    """Where the chip is. Raises OSError if there is none of that name or label, or more than one."""
    if device.startswith("/"):
        return device
    paths = sorted(str(each) for each in devices.glob("gpiochip*") if NUMBERED.fullmatch(each.name))
    found = [path for path in paths if device in _names(open_chip, path)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise FileNotFoundError(errno.ENOENT, f"none of the {len(paths)} GPIO chips has this name or label", device)
    message = f"{', '.join(found)} all have this label; the path of one is needed"
    raise OSError(errno.ENOTUNIQ, message, device)


def _names(open_chip: OpenChip, path: str) -> tuple[str, str]:
    chip = open_chip(path)
    try:
        info = chip.get_info()
    finally:
        chip.close()
    return info.name, info.label


class GpiodFactory(Factory):  # type: ignore[misc] # gpiozero ships no types
    """Pins of one chip, named by their numbers on it. Edges are read by whoever waits for `files` to have some.

    Everything raises OSError when the chip is gone.
    """

    def __init__(self, chip: Chip) -> None:
        super().__init__()
        self._chip = chip
        self._info = _board_info(chip.get_info())
        self._pins: dict[int, GpiodPin] = {}

    def pin(self, name: int) -> "GpiodPin":
        """The pin of this number, always the same object. Raises PinInvalidPin."""
        for _, info in self._info.find_pin(name):
            return self._pins.setdefault(info.number, GpiodPin(self, info))
        message = f"the chip has no pin {name}"
        raise PinInvalidPin(message)

    def request(self, pin: int, settings: gpiod.LineSettings) -> LineRequest:
        """Take one line for this process alone."""
        return self._chip.request_lines({pin: settings}, consumer=CONSUMER)

    def files(self) -> Sequence[int]:
        """What to wait for: each can be read when its pin had an edge."""
        return [file for pin in self._pins.values() if (file := pin.file) is not None]

    def dispatch(self, file: int) -> None:
        """Tell the listener of the pin behind a ``file`` that can be read; a pin closed meanwhile is passed over."""
        for pin in self._pins.values():
            if pin.file == file:
                pin.dispatch()

    def close(self) -> None:
        """Give every line back."""
        for pin in self._pins.values():
            pin.close()
        self._chip.close()

    def ticks(self) -> float:
        """Seconds of the clock that the kernel stamps edges with."""
        return time.monotonic()

    def ticks_diff(self, later: float, earlier: float) -> float:
        return later - earlier

    def _get_board_info(self) -> BoardInfo:
        return self._info


class GpiodPin(Pin):  # type: ignore[misc] # gpiozero ships no types
    """One line of a chip; requested while its function is input, and never anything else."""

    def __init__(self, factory: GpiodFactory, info: PinInfo) -> None:
        super().__init__()
        self._factory = factory
        self._pin_info = info
        self._number: int = info.number
        self._request: LineRequest | None = None
        self._pull = "floating"
        self._edges = "none"
        self._when_changed: WhenChanged | None = None

    def __repr__(self) -> str:
        return f"pin {self._number}"

    @property
    def file(self) -> int | None:
        """What can be read when an edge came; None while nobody listens to edges."""
        return self._request.fd if self._request is not None and self._edges != "none" else None

    def dispatch(self) -> None:
        """Tell of every edge that the kernel has seen; there must be one. The level is that of the chip itself."""
        events = self._open().read_edge_events()
        for event in events:
            if self._when_changed is not None:
                self._when_changed(event.timestamp_ns / 1e9, LEVELS[event.event_type])

    def close(self) -> None:
        request, self._request = self._request, None
        self._when_changed = None
        self._pull, self._edges = "floating", "none"
        if request is not None:
            request.release()

    def _open(self) -> LineRequest:
        if self._request is None:
            raise OSError(errno.EBADF, f"{self!r} is not in use")
        return self._request

    def _settings(self, *, pull: str, edges: str) -> gpiod.LineSettings:
        """Levels are those of the wire, and no debounce: both are the kiosk's own business."""
        return gpiod.LineSettings(
            direction=Direction.INPUT, bias=BIASES[pull], edge_detection=EDGES[edges], event_clock=Clock.MONOTONIC
        )

    def _configure(self, *, pull: str, edges: str) -> None:
        self._open().reconfigure_lines({self._number: self._settings(pull=pull, edges=edges)})
        self._pull, self._edges = pull, edges

    # What gpiozero asks of a pin

    def _get_info(self) -> PinInfo:
        return self._pin_info

    def _get_function(self) -> str:
        return "input"

    def _set_function(self, value: str) -> None:
        if value != "input":
            message = f"{self!r} is only ever an input, not {value!r}"
            raise PinInvalidFunction(message)
        if self._request is None:
            settings = self._settings(pull=self._pull, edges=self._edges)
            self._request = self._factory.request(self._number, settings)

    def _get_state(self) -> int:
        return int(bool(self._open().get_value(self._number)))

    def _get_pull(self) -> str:
        return self._pull

    def _set_pull(self, value: str) -> None:
        if value not in BIASES:
            message = f"{self!r} can be pulled {', '.join(BIASES)}, not {value!r}"
            raise PinInvalidPull(message)
        self._configure(pull=value, edges=self._edges)

    def _get_bounce(self) -> None:
        return None

    def _set_bounce(self, value: float | None) -> None:
        if value is not None:
            message = f"{self!r} tells of every edge"
            raise PinInvalidBounce(message)

    def _get_edges(self) -> str:
        return self._edges

    def _set_edges(self, value: str) -> None:
        """PinEdgeDetectUnsupported where the chip has no interrupts: it can still be read at any time."""
        if value not in EDGES:
            message = f"{self!r} can tell of {', '.join(EDGES)} edges, not {value!r}"
            raise PinInvalidEdges(message)
        try:
            self._configure(pull=self._pull, edges=value)
        except OSError as error:
            self._configure(pull=self._pull, edges=self._edges)
            message = f"{self!r}: {os.strerror(error.errno or 0)}"
            raise PinEdgeDetectUnsupported(message) from error

    def _get_when_changed(self) -> WhenChanged | None:
        return self._when_changed

    def _set_when_changed(self, value: WhenChanged | None) -> None:
        self._when_changed = value


def _board_info(info: gpiod.ChipInfo) -> BoardInfo:
    """The chip as gpiozero describes a board: one header, whose pins go by their numbers, and nothing else is known."""
    pins = {number: _pin_info(number) for number in range(info.num_lines)}
    header = HeaderInfo(info.label, rows=info.num_lines, columns=1, pins=pins)
    unknown = BoardInfo(**dict.fromkeys(BoardInfo._fields, ""))
    return unknown._replace(model=info.label, headers={info.label: header})


def _pin_info(number: int) -> PinInfo:
    name = f"GPIO{number}"
    return PinInfo(number, name, frozenset({number, name}), pull="", row=number, col=1, interfaces=frozenset({"gpio"}))
