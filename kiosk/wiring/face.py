"""The kiosk's face: a display, the screens on it, and the engine's inbox behind them; all on the main thread.

Holds how they are put together from a site. It must not know a page, nor what a touch leads to.
"""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.camera.wire import Frame
from kiosk.config import DisplaySettings, ModeSetting, Site
from kiosk.core.entries import ClockState
from kiosk.ports import Moment
from ui.accessible import accessible
from ui.app import App, Now, Panel
from ui.display import Display
from ui.elements import Photo, Picture
from ui.models import Models
from ui.setting import House
from ui.theme import Mode

if TYPE_CHECKING:
    from kiosk.wiring.process import Kiosk

MINUTE_MS, DAY_MINUTES = 60_000, 24 * 60
NIGHT_HOURS = frozenset({22, 23, 0, 1, 2, 3, 4, 5})
"""When mode `auto` is dark."""
MODES = {
    ModeSetting.AUTO: None,
    ModeSetting.NORMAL: Mode.NORMAL,
    ModeSetting.NIGHT: Mode.NIGHT,
    ModeSetting.HIGH_CONTRAST: Mode.HIGH_CONTRAST,
}

log = logging.getLogger(__name__)


class Face:
    """One display with its screens. Made before anything else, so that a person sees at once that it starts."""

    def __init__(self, site: Site, display: Display) -> None:
        """Takes the display over. Raises DisplayError."""
        settings = site.machine.display
        self._display = display
        self._utc_offset_minutes = site.directory.utc_offset_minutes
        self.models = Models()
        self._app = App(display, panel_of(site), self.models, _telling(settings))
        self._app.begin()

    @property
    def moving(self) -> bool:
        """Whether another frame is due at once."""
        return self._app.moving

    def run(self, kiosk: "Kiosk") -> None:
        """Until the kiosk ends. Raises DisplayError when the display is lost: the kiosk goes on without."""
        self._app.serve(lambda: self.moment(kiosk.now()), kiosk.inbox.put, lambda: photo_of(kiosk.newest_frame()))
        self._app.run(lambda: self._going_on(kiosk))

    def _going_on(self, kiosk: "Kiosk") -> bool:
        if self._display.asked_to_stop:
            kiosk.ask_to_stop("the window was closed")
        return not kiosk.wait(0)

    def moment(self, moment: Moment) -> Now:
        """The moment as the screen needs it."""
        minutes = (moment.wall_ms // MINUTE_MS + self._utc_offset_minutes) % DAY_MINUTES
        told = moment.clock_state is not ClockState.UNKNOWN
        text = f"{minutes // 60:02}:{minutes % 60:02}" if told else ""
        return Now(moment.mono_ms, text, night=told and minutes // 60 in NIGHT_HOURS)

    def close(self) -> None:
        self._display.close()


def photo_of(frame: Frame | None) -> Photo | None:
    """The camera's newest picture, as the screens draw it."""
    return None if frame is None else Photo(frame.width, frame.height, frame.colours)


def panel_of(site: Site) -> Panel:
    """The panel and the house as the site describes them."""
    identity, display = site.machine.identity, site.machine.display
    letters = {letter for unit in site.directory.units for letter in unit.unit.upper() if letter.isalpha()}
    house = House(identity.help_phone, identity.front_desk, "".join(sorted(letters)))
    return Panel(display.px_per_mm, display.language, MODES[display.mode], house)


def _telling(settings: DisplaySettings) -> Callable[[Picture], None]:
    """Writes what is on the screen in words, for programs that cannot see it, if the settings name a file."""
    path = settings.shared.elements if settings.shared is not None else None
    if path is None:
        return lambda _picture: None
    return lambda picture: _write(path, accessible(picture, settings.px_per_mm))


def _write(path: Path, elements: list[dict[str, object]]) -> None:
    """Whole or not at all, private to this user."""
    beside = path.with_name(f"{path.name}.new")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"elements": elements}, file)
        beside.replace(path)
    except OSError as error:
        log.warning("%s: %s", path, error.strerror)
