"""App: the loop of the main thread: newest screen model in, touches out, and a frame only when something changed.

Holds what the screen remembers of the person before it. It must not know a rule: a touch becomes an event, no more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

import pygame

from kiosk.core import view as v
from kiosk.core.events import Chose, Event, KeyPressed
from kiosk.core.ids import Secret
from kiosk.core.view import PhotographLabel, ScreenModel
from ui.compose import compose
from ui.display import Display, Phase, Touch
from ui.elements import (
    Action,
    Choose,
    Element,
    OpenSheet,
    Photo,
    Picture,
    PressKey,
    SayWhy,
    Sheet,
    SpeakLanguage,
    SwitchContrast,
    TurnPage,
    touched,
)
from ui.models import Models
from ui.painter import Painter
from ui.screens.starting import starting
from ui.setting import House, Local, Setting
from ui.slide import Slide
from ui.text import Texts, load_texts
from ui.theme import Mode, Theme, theme_for
from ui.typeface import Typeface

POLL_S = 0.02
"""Touches are looked for this often; a new model is taken at once (SDL itself can only be polled)."""
FRAME_S = 0.016
KEY_FLASH_MS = 120
DIGIT_SHOWN_MS = 1_000
TOAST_MS = 4_000
IDLE_MS = 60_000
"""Nobody touched the idle screen for so long: it dims, and forgets language and contrast."""
SHEET_MS = 40_000


@dataclass(frozen=True, slots=True)
class Now:
    """One moment, as the screen needs it."""

    mono_ms: int
    """On the clock of the screen models."""
    time_of_day: str
    """As it is shown, such as 14:32."""
    night: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """What one screen is and how it begins each visit."""

    px_per_mm: float
    language: str
    mode: Mode | None
    """None: by the time of day."""
    house: House


class App:
    """One screen, on the main thread."""

    def __init__(
        self,
        display: Display,
        panel: Panel,
        models: Models,
        told: Callable[[Picture], None] = lambda _picture: None,
    ) -> None:
        """``told`` hears of every picture shown, for who cannot see it."""
        self._display, self._panel, self._models, self._told = display, panel, models, told
        self._now: Callable[[], Now] = lambda: Now(0, "", night=False)
        self._send: Callable[[Event], None] = lambda _event: None
        self._photo: Callable[[], Photo | None] = lambda: None
        self._model: ScreenModel | None = None
        self._local = Local()
        self._texts: Mapping[str, Texts] = {panel.language: load_texts(panel.language)}
        self._language = panel.language
        width_px, height_px = display.size_px
        self._size_mm = width_px / panel.px_per_mm, height_px / panel.px_per_mm
        self._themes = {mode: theme_for(mode, *self._size_mm) for mode in Mode}
        self._typeface = Typeface(self._themes[Mode.NORMAL], panel.px_per_mm)
        self._painters = {
            mode: Painter(display.canvas, theme, self._typeface, panel.px_per_mm)
            for mode, theme in self._themes.items()
        }
        self._mode = Mode.NORMAL
        self._picture: Picture | None = None
        self._shows: tuple[object, ...] = ()
        self._armed: Element | None = None
        self._deadlines: dict[str, int] = {}
        self._slide: Slide | None = None
        self._touched_ms = 0

    def begin(self) -> None:
        """Show at once that something is starting; dark while nobody knows the time, for that dazzles nobody."""
        self._mode = self._panel.mode or Mode.NIGHT
        picture = starting(self._themes[self._mode], self._texts[self._language])
        self._display.present(self._painters[self._mode].paint(picture))
        self._told(picture)

    def serve(
        self, now: Callable[[], Now], send: Callable[[Event], None], photo: Callable[[], Photo | None] = lambda: None
    ) -> None:
        """From here on what is touched goes to ``send``, and times are those of ``now``; ``photo`` is of a camera."""
        self._now, self._send, self._photo = now, send, photo
        self._touched_ms = now().mono_ms

    def run(self, going_on: Callable[[], bool]) -> None:
        """Until there is nothing to show for any more."""
        while going_on():
            self.round(self._wait_s())

    def round(self, wait_s: float) -> None:
        """Wait at most so long for a model, take what was touched, and draw if anything differs."""
        self._take_models(wait_s)
        now = self._now()
        for touch in self._display.touches():
            self._touched(touch, now)
        self._let_go(now)
        if self._model is not None:
            self._draw(self._model, now)

    @property
    def picture(self) -> Picture | None:
        """What is shown now."""
        return self._picture

    @property
    def moving(self) -> bool:
        """Whether another frame is due at once."""
        due_ms = self._deadlines.get("picture")
        return self._slide is not None or (due_ms is not None and due_ms - self._now().mono_ms < POLL_S * 1000)

    # --- what comes in ---

    def _wait_s(self) -> float:
        if self._slide is not None:
            return FRAME_S
        due_ms = self._deadlines.get("picture")
        return POLL_S if due_ms is None else min(POLL_S, max(0, due_ms - self._now().mono_ms) / 1000)

    def _take_models(self, wait_s: float) -> None:
        newest = self._models.newest(wait_s)
        if newest is not None:
            self._turn_to(newest, self._now())

    def _turn_to(self, model: ScreenModel, now: Now) -> None:
        before, self._model = self._model, model
        if before is not None and question(before) == question(model):
            return
        new_page = before is None or type(before.page) is not type(model.page)
        self._local = replace(self._local, begun_ms=now.mono_ms, toast="" if new_page else self._local.toast)
        if new_page:
            self._touched_ms = now.mono_ms
            self._local = replace(self._local, page=0, sheet=Sheet.NONE, shown_key="", dimmed=False)
            self._slide = Slide(now.mono_ms) if before is not None else None
        if new_page and before is not None and isinstance(model.page, v.Welcome):
            self._forget_person()

    def _forget_person(self) -> None:
        """The next person begins as everybody does."""
        self._local = Local(begun_ms=self._local.begun_ms)
        self._language = self._panel.language
        self._armed = None

    # --- touches ---

    def _touched(self, touch: Touch, now: Now) -> None:
        self._touched_ms = now.mono_ms
        self._local = replace(self._local, dimmed=False)
        under = self._under(touch)
        match touch.phase:
            case Phase.DOWN:
                self._armed = under
                self._press(under.action if under is not None else None, now)
                if under is not None and isinstance(under.action, PressKey):
                    self._act(under.action, now)
            case Phase.MOVE:
                self._press(self._held(under), now)
            case Phase.UP:
                held = self._held(under)
                if held is not None and not isinstance(held, PressKey):
                    self._act(held, now)
                self._armed = None
            case _:
                assert_never(touch.phase)

    def _under(self, touch: Touch) -> Element | None:
        if self._picture is None:
            return None
        return touched(self._picture, touch.x / self._panel.px_per_mm, touch.y / self._panel.px_per_mm)

    def _held(self, under: Element | None) -> Action | None:
        """What the finger went down on, if it is still there: sliding off cancels."""
        if under is None or self._armed is None or under.action != self._armed.action:
            return None
        return self._armed.action

    def _press(self, action: Action | None, now: Now) -> None:
        if action is not None:
            self._deadlines["flash"] = now.mono_ms + KEY_FLASH_MS
        self._local = replace(self._local, pressed=action)

    def _let_go(self, now: Now) -> None:
        """What was pressed or shown for a moment ends."""
        if self._armed is None and self._due("flash", now):
            self._local = replace(self._local, pressed=None)
        if self._due("digit", now):
            self._local = replace(self._local, shown_key="")
        if self._due("toast", now):
            self._local = replace(self._local, toast="")
        idle_ms = now.mono_ms - self._touched_ms
        if self._local.sheet is not Sheet.NONE and idle_ms > SHEET_MS:
            self._local = replace(self._local, sheet=Sheet.NONE)
        at_welcome = self._model is not None and isinstance(self._model.page, v.Welcome)
        if at_welcome and idle_ms > IDLE_MS and not self._local.dimmed:
            self._forget_person()
            self._local = replace(self._local, dimmed=True)

    def _due(self, what: str, now: Now) -> bool:
        if self._deadlines.get(what, now.mono_ms + 1) > now.mono_ms:
            return False
        del self._deadlines[what]
        return True

    def _act(self, action: Action, now: Now) -> None:
        match action:
            case Choose(choice=choice, value=value):
                self._send(Chose(choice, value))
            case PressKey(key=key):
                self._local = replace(self._local, shown_key=key if key.isdigit() else "")
                self._deadlines["digit"] = now.mono_ms + DIGIT_SHOWN_MS
                self._send(KeyPressed(Secret(key)))
            case OpenSheet(sheet=sheet):
                self._local = replace(self._local, sheet=sheet)
            case SpeakLanguage(language=language):
                self._speak(language)
            case SwitchContrast():
                self._local = replace(self._local, contrast=not self._local.contrast)
            case TurnPage(page=page):
                self._local = replace(self._local, page=page)
            case SayWhy(words=words):
                self._local = replace(self._local, toast=words)
                self._deadlines["toast"] = now.mono_ms + TOAST_MS
            case _:
                assert_never(action)

    def _speak(self, language: str) -> None:
        if language not in self._texts:
            self._texts = {**self._texts, language: load_texts(language)}
        self._language = language

    # --- pictures ---

    def _draw(self, model: ScreenModel, now: Now) -> None:
        """Compose only what can have changed, paint only what did, and present only what was painted."""
        mode = self._mode_now(now)
        painter = self._painters[mode]
        aimed = self._local.sheet is Sheet.SHOW_QR or isinstance(model.page, PhotographLabel)
        photo = self._photo() if aimed else None
        shows = (model, self._local, mode, self._language, now.time_of_day, photo)
        changed: list[pygame.Rect] = []
        if self._picture is None or shows != self._shows or self._due("picture", now):
            changed = self._composed(self._setting(model, self._themes[mode], now, photo), painter, mode)
            self._shows = shows
        if self._slide is not None and self._picture is not None:
            changed.append(self._slid(self._slide, painter.area(self._picture.do), now))
        if changed:
            self._display.present(changed)

    def _composed(self, setting: Setting, painter: Painter, mode: Mode) -> list[pygame.Rect]:
        picture = compose(setting)
        if picture.changes_at_ms is not None:
            self._deadlines["picture"] = picture.changes_at_ms
        else:
            self._deadlines.pop("picture", None)
        if mode is not self._mode:
            painter.forget()
            self._mode = mode
        if self._picture is not None and picture.elements == self._picture.elements:
            return []
        if self._slide is not None and self._slide.content is not None:
            painter.forget()
            self._slide = None
        self._picture = picture
        self._told(picture)
        return painter.paint(picture)

    def _mode_now(self, now: Now) -> Mode:
        if self._local.contrast:
            return Mode.HIGH_CONTRAST
        if self._panel.mode is not None:
            return self._panel.mode
        return Mode.NIGHT if now.night else Mode.NORMAL

    def _setting(self, model: ScreenModel, theme: Theme, now: Now, photo: Photo | None) -> Setting:
        return Setting(
            theme,
            self._typeface,
            self._texts[self._language],
            model,
            self._panel.house,
            self._local,
            now.mono_ms,
            now.time_of_day,
            photo,
        )

    def _slid(self, slide: Slide, area: pygame.Rect, now: Now) -> pygame.Rect:
        """One frame of the Do part that comes in; in high contrast it is there at once."""
        ground = self._themes[self._mode].palette.canvas
        share = 1.0 if self._mode is Mode.HIGH_CONTRAST else slide.share(now.mono_ms)
        if slide.frame(self._display.canvas, area, ground, share, self._panel.px_per_mm):
            self._slide = None
        return area


def question(model: ScreenModel) -> tuple[object, ...]:
    """What makes a page another one: not what is typed or listed on it, but what is asked, and of which door."""
    page = model.page
    named = ("door", "stage", "relocked", "asking", "kept", "disputed", "reminder", "kind", "problem", "why", "what")
    return type(page), model.busy, model.still_there, *(getattr(page, name, None) for name in named)
