"""Sample: one screen to picture, and the few that lie over any page.

Holds one value. It must not know which samples there are, nor how anything is drawn.
"""

from dataclasses import dataclass, replace

from kiosk.core import state as s
from kiosk.core.view import ScreenModel, present
from ui.elements import Photo
from ui.gallery.moments import NOW_MS
from ui.setting import House, Local

AT_REST_MS = 10_000
"""So long ago a page began that nothing on it moves any more."""
WARNED_MS = 28_000
PHOTOS = {
    "lying": Photo(16, 9, bytes(90 + shade // 2 for shade in range(144) for _ in "rgb")),
    "upright": Photo(9, 16, bytes(90 + shade // 2 for shade in range(144) for _ in "rgb")),
}
"""What a camera sees of a dull lobby, mounted either way."""
HOUSE = House(help_phone="555 0134")


@dataclass(frozen=True, slots=True)
class Sample:
    """What the core is at, what the screen remembers, and what the house says of itself."""

    name: str
    state: s.State
    local: Local = Local(begun_ms=NOW_MS - AT_REST_MS)
    house: House = HOUSE
    toast: str = ""
    """The key of the text of a toast."""
    photo: Photo | None = None
    """What a camera sees, where there is one."""

    @property
    def model(self) -> ScreenModel:
        """What the core shows and offers here."""
        return present(self.state)


def remembering(**changes: object) -> Local:
    """What the screen remembers while the page is at rest."""
    return replace(Local(begun_ms=NOW_MS - AT_REST_MS), **changes)  # type: ignore[arg-type]


def warned(state: s.State) -> s.State:
    """The person was asked whether they are still there, and has not answered yet."""
    if state.visit is None:
        message = "nobody is there to be asked"
        raise ValueError(message)
    return replace(state, visit=replace(state.visit, warned=True, touched_ms=NOW_MS - WARNED_MS))
