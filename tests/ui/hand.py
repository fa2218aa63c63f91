"""A person before the real screens: sees what is drawn, finds it by role and name, and puts a finger on it.

Holds the hand and its display, a canvas in memory. It must not know a rule, nor send anything but touches.
"""

from collections.abc import Iterable, Sequence

import pygame

from hardware_sim.people import KEY_MS, Lobby, StepError
from kiosk.core.effects import Outward
from kiosk.core.events import Choice, Key
from kiosk.core.view import ScreenModel
from tests.flows.scene import Scene
from ui.app import App, Now, Panel
from ui.display import Phase, Touch
from ui.display.seam import new_canvas
from ui.elements import Choose, Element, Picture, PressKey, Role
from ui.models import Models
from ui.setting import House
from ui.theme import Mode

TOUCHABLE = {Role.BUTTON, Role.KEY}
PX_PER_MM = {480: 5.25, 800: 5.88}
"""By the shorter side of the panels that the design draws."""


class CanvasDisplay:
    """A display that a test looks at."""

    asked_to_stop = False

    def __init__(self, size_px: tuple[int, int]) -> None:
        self.canvas = new_canvas(size_px)
        self.waiting: list[Touch] = []
        self.presented: list[list[pygame.Rect]] = []

    @property
    def size_px(self) -> tuple[int, int]:
        return self.canvas.get_size()

    def touches(self) -> Sequence[Touch]:
        taken, self.waiting = self.waiting, []
        return taken

    def present(self, areas: Sequence[pygame.Rect]) -> None:
        self.presented.append(list(areas))

    def close(self) -> None:
        """Nothing to let go of."""


class Hand(Lobby):
    """Somebody at the kiosk of a scene, who touches what is drawn. ``touches`` counts the times a finger went down."""

    def __init__(self, scene: Scene, size_px: tuple[int, int] = (1280, 800), language: str = "en") -> None:
        super().__init__(scene.kiosk)
        self.scene = scene
        self.touches = 0
        self.px_per_mm = PX_PER_MM[min(size_px)]
        self.display = CanvasDisplay(size_px)
        self.models = Models()
        panel = Panel(self.px_per_mm, language, Mode.NORMAL, House("555 0134", "Front desk", "AB"))
        self.app = App(self.display, panel, self.models)
        self.app.serve(self._now, scene.kiosk.post)
        scene.kiosk.watchers.append(self)
        self.models.show(scene.kiosk.screen)
        self.look()

    # What the kiosk shows

    def shown(self, model: ScreenModel) -> None:
        self.models.show(model)

    def asked(self, effect: Outward) -> None:
        """Not of the screen's concern."""

    def look(self) -> Picture:
        """The next frame."""
        self.app.round(0.0)
        assert self.app.picture is not None
        return self.app.picture

    def names(self) -> list[str]:
        """What can be touched, by name."""
        return [each.name for each in self.look().elements if each.role in TOUCHABLE]

    def reads(self) -> list[str]:
        """Everything that is read aloud of this screen, in order."""
        return [each.name for each in self.look().elements if each.role is not Role.DECORATION]

    # What a person does

    def touch(self, name: str) -> "Hand":
        """Touch the one thing of this name. Raises StepError if there is none, or more than one."""
        self._put_finger(
            self._found(lambda element: element.name == name or element.name.startswith(f"{name}. "), name)
        )
        return self

    def type(self, text: str) -> "Hand":
        for key in text:
            self.touch(key)
        return self

    def scan(self, text: str) -> "Hand":
        self._scan(text)
        return self

    def _touch(self, choice: Choice, value: str) -> None:
        self._put_finger(self._found(lambda element: element.action == Choose(choice, value), f"{choice} {value}"))

    def _type(self, keys: Iterable[str]) -> None:
        for key in keys:
            name = key.value if isinstance(key, Key) else key
            self._put_finger(self._found(lambda element, n=name: element.action == PressKey(n), name))

    def _found(self, wanted: object, what: str) -> Element:
        assert callable(wanted)
        found = [each for each in self.look().elements if each.role in TOUCHABLE and wanted(each)]
        if len(found) != 1:
            message = f"{len(found)} things on the screen are {what!r}; there are {self.names()}"
            raise StepError(message)
        return found[0]

    def _put_finger(self, element: Element) -> None:
        x, y = (round(side * self.px_per_mm) for side in element.box.centre)
        for phase in (Phase.DOWN, Phase.UP):
            self.display.waiting.append(Touch(phase, x, y))
            self.look()
        self.touches += 1
        self._run_for(KEY_MS)
        self.look()

    def _now(self) -> Now:
        return Now(self.scene.now_ms, "14:32", night=False)
