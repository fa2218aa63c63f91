"""A close look at a picture: each element is drawn one after the other, and what it changed is measured in pixels.

Holds measures, and the faults that they show as sentences. It must not know which screens there are.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product

import pygame

from ui.elements import Align, Element, Fill, Icon, Picture, PressKey, Role, Veil, Words
from ui.gallery import Studio
from ui.geometry import Box
from ui.overlays import WIDE_MM2
from ui.painter import Painter
from ui.theme import Colour, Mode

TEXT, TEXT_AT_REST, SIGN = 4.5, 7.0, 3.0
"""Contrast: WCAG 2 1.4.3 and 1.4.11, and the design's own 7 wherever nothing is "not now"."""
TARGET_MM, LETTER_KEY_MM, GAP_MM = 18.0, 10.0, 2.0
NEAR_MM = 0.1
"""Rounding to pixels may take this much of any measure."""
EDGE_MM = 0.5
"""What is written on a button keeps at least this far from its edge."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One element as drawn: the pixels it changed, and the colours that were beneath them."""

    element: Element
    ink: pygame.Rect
    beneath: frozenset[Colour]


def luminance(colour: Colour) -> float:
    """WCAG 2: relative luminance of an sRGB colour."""
    parts = [side / 255 for side in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def on_top(picture: Picture) -> int:
    """Where the elements begin that nothing dims."""
    veils = [number for number, each in enumerate(picture.elements) if isinstance(each.look, Veil)]
    return veils[-1] + 1 if veils else 0


def edge_faults(picture: Picture) -> Iterator[str]:
    """Whatever is touched stands out from its ground, by its fill or by its outline."""
    for number, each in enumerate(picture.elements):
        if each.action is None or not isinstance(each.look, Fill):
            continue
        ground = _ground(each, picture.elements[:number])
        worst = max(contrast(colour, ground) for colour in (each.look.colour, each.look.outline or each.look.colour))
        if worst < SIGN and each.look.colour != ground:
            yield f"{each.name!a}: its edge has contrast {worst:.1f}, {SIGN} is wanted"


def _ground(target: Element, before: Sequence[Element]) -> Colour:
    fills = [each.look for each in before if isinstance(each.look, Fill) and each.box.holds(*target.box.centre)]
    return fills[-1].colour if fills else target.look.colour if isinstance(target.look, Fill) else (0, 0, 0)


def looked_at(studio: Studio, picture: Picture, mode: Mode) -> Iterator[Seen]:
    """Every text and sign that is not dimmed, in the order of drawing."""
    painter = Painter(studio.surface, studio.themes[mode], studio.typeface, studio.px_per_mm)
    panel = studio.surface.get_rect()
    first = on_top(picture)
    drawn = first
    painter.paint(Picture(picture.elements[:first], picture.do))
    for number, element in enumerate(picture.elements[first:], start=first):
        if not _is_drawn(element):
            continue
        painter.paint(Picture(picture.elements[:number], picture.do))
        reach = painter.area(element.box).inflate(40, 40).clip(panel)
        before = studio.surface.subsurface(reach).copy()
        painter.paint(Picture(picture.elements[: number + 1], picture.do))
        drawn = number
        yield _seen(element, before, studio.surface.subsurface(reach), reach.topleft)
    if drawn + 1 < len(picture.elements):
        painter.paint(picture)


def _seen(element: Element, before: pygame.Surface, after: pygame.Surface, corner: tuple[int, int]) -> Seen:
    mask = pygame.mask.from_threshold(after, (0, 0, 0), (1, 1, 1, 255), before)
    mask.invert()
    boxes = mask.get_bounding_rects()
    if not boxes:
        return Seen(element, pygame.Rect(corner, (0, 0)), frozenset())
    ink = boxes[0].unionall(boxes[1:])
    opaque = pygame.Surface(before.get_size(), pygame.SRCALPHA)
    opaque.blit(before, (0, 0))
    beneath = mask.to_surface(pygame.Surface(before.get_size(), pygame.SRCALPHA), opaque, unsetcolor=(0, 0, 0, 0))
    return Seen(element, ink.move(corner), _colours(beneath.subsurface(ink).copy()))


def _colours(surface: pygame.Surface) -> frozenset[Colour]:
    """Every colour that is not see-through."""
    pixels = array("I", pygame.image.tobytes(surface, "RGBA"))
    return frozenset(tuple(each.to_bytes(4, "little")[:3]) for each in set(pixels) if each >> 24)  # type: ignore[misc]


# --- faults, each as one sentence ---


def faults(studio: Studio, picture: Picture, mode: Mode) -> Iterator[str]:
    """Everything that is wrong with one picture."""
    seen = list(looked_at(studio, picture, mode))
    yield from _contrast_faults(seen, mode, studio.themes[mode].palette.on_disabled)
    yield from _place_faults(seen, picture, studio)
    yield from _overlap_faults(seen, picture)
    yield from target_faults(picture)
    yield from name_faults(picture)
    yield from edge_faults(picture)
    yield from order_faults(picture)


def _contrast_faults(seen: Sequence[Seen], mode: Mode, not_now: Colour) -> Iterator[str]:
    for each in seen:
        look = each.element.look
        assert isinstance(look, Words | Icon)
        wanted = (
            SIGN if isinstance(look, Icon) else TEXT if mode is Mode.NIGHT or look.colour == not_now else TEXT_AT_REST
        )
        worst = min((contrast(look.colour, colour) for colour in each.beneath), default=0.0)
        if worst < wanted and each.ink.size != (0, 0):
            yield f"{_told(each.element)}: contrast {worst:.1f}, {wanted} is wanted"


def _place_faults(seen: Sequence[Seen], picture: Picture, studio: Studio) -> Iterator[str]:
    panel = Box(0, 0, *(side / studio.px_per_mm for side in studio.surface.get_size()))
    for each in seen:
        if each.ink.size == (0, 0):
            yield f"{_told(each.element)}: nothing of it can be seen"
            continue
        ink = _in_mm(each.ink, studio.px_per_mm).around(_wanted(each.element, studio))
        if _beyond(ink, panel) > 0:
            yield f"{_told(each.element)}: leaves the panel"
        if isinstance(each.element.look, Words):
            hang = studio.themes[Mode.NORMAL].sizes[each.element.look.type].capital_mm * 0.45
            room = each.element.box.inset(-EDGE_MM, -hang)
            if _beyond(ink, room) > 0:
                yield f"{_told(each.element)}: {_beyond(ink, room):.1f} mm outside its box"
        button = _under(each.element, picture)
        if button is not None and _beyond(ink, button.box.inset(EDGE_MM)) > 0:
            yield f"{_told(each.element)}: {_beyond(ink, button.box.inset(EDGE_MM)):.1f} mm outside {button.name!a}"


def _overlap_faults(seen: Sequence[Seen], picture: Picture) -> Iterator[str]:
    for one, other in combinations(seen, 2):
        if one.ink.colliderect(other.ink) and not _on_capsule(other, picture):
            yield f"{_told(one.element)} and {_told(other.element)} overlap"


def target_faults(picture: Picture) -> Iterator[str]:
    """Sizes of what is touched, and the gaps between."""
    targets = [each for each in picture.elements if each.action is not None]
    letters = any(
        isinstance(each.action, PressKey) and each.action.key.isalpha() and len(each.action.key) == 1
        for each in targets
    )
    for each in targets:
        least = LETTER_KEY_MM if letters and each.role is Role.KEY else TARGET_MM
        side = min(each.box.width, each.box.height)
        if side < least - NEAR_MM:
            yield f"{each.name!a}: {side:.1f} mm, {least} is the least"
    for capsule, each in product(capsules(picture), targets):
        if capsule.box.overlaps(each.box) and each.box.width * each.box.height < WIDE_MM2:
            yield f"{each.name!a} is covered by an alert"
    for one, other in combinations(targets, 2):
        gap = max(
            max(one.box.x, other.box.x) - min(one.box.right, other.box.right),
            max(one.box.y, other.box.y) - min(one.box.bottom, other.box.bottom),
        )
        if gap < GAP_MM - NEAR_MM:
            yield f"{one.name!a} and {other.name!a}: {gap:.1f} mm between them, {GAP_MM} is the least"


def name_faults(picture: Picture) -> Iterator[str]:
    """A role and a name for whatever is touched; no two that a person could not tell apart."""
    targets = [each for each in picture.elements if each.action is not None]
    for each in targets:
        if each.role not in (Role.BUTTON, Role.KEY) or not each.name.strip():
            yield f"{each.action}: role {each.role}, name {each.name!a}"
    for one, other in combinations(targets, 2):
        if one.name == other.name:
            yield f"{one.name!a} is the name of {one.action} and of {other.action}"
    for each in picture.elements:
        if each.role is not Role.DECORATION and not each.name.strip():
            yield f"{each.role} without a name"


def order_faults(picture: Picture) -> Iterator[str]:
    """Read from the top down in each part: first Tell, then Do, then Tell's corner. Timers are told apart."""
    apart = {Role.DECORATION, Role.TIMER}
    read = [each for each in picture.elements[on_top(picture) :] if each.role not in apart]
    parts = [picture.do.holds(*each.box.centre) for each in read]
    turns = sum(one != other for one, other in pairwise(parts))
    if on_top(picture) == 0 and turns > 2 - (parts[:1] == [True]):
        yield f"Tell and Do are read in turns: {[each.name for each in read]}"
    for one, other, here, there in zip(read, read[1:], parts, parts[1:], strict=False):
        same_row = other.box.y < one.box.bottom - NEAR_MM and other.box.bottom > one.box.y + NEAR_MM
        if here == there and other.box.y < one.box.y - NEAR_MM and not same_row:
            yield f"{other.name!a} stands over {one.name!a} and is read after it"
        if here == there and same_row and other.box.right < one.box.x + NEAR_MM:
            yield f"{other.name!a} stands before {one.name!a} and is read after it"


# --- small measures ---


def _is_drawn(element: Element) -> bool:
    """A text or a sign; a text without a line is left to speech."""
    look = element.look
    return isinstance(look, Icon) or (isinstance(look, Words) and any(look.lines))


def _told(element: Element) -> str:
    look = element.look
    return repr(" ".join(look.lines)) if isinstance(look, Words) else f"sign {getattr(look, 'name', look)}"


def _wanted(element: Element, studio: Studio) -> Box:
    """How wide it would be drawn if nothing cut it off: a surface shows no pixel beyond its edge."""
    look, box = element.look, element.box
    if not isinstance(look, Words):
        return box
    width = max(studio.typeface.width_mm(line, look.type) for line in look.lines)
    left = box.x if look.align is Align.START else box.centre[0] - width / 2
    return Box(left, box.centre[1], width, 0.0)


def _in_mm(area: pygame.Rect, px_per_mm: float) -> Box:
    return Box(area.x / px_per_mm, area.y / px_per_mm, area.width / px_per_mm, area.height / px_per_mm)


def _beyond(inner: Box, outer: Box) -> float:
    """How far the inner box sticks out, in millimetres; nothing or less if it does not."""
    return max(outer.x - inner.x, outer.y - inner.y, inner.right - outer.right, inner.bottom - outer.bottom) - NEAR_MM


def _under(label: Element, picture: Picture) -> Element | None:
    """The button that this text or sign is written on, if nothing that sticks out of it lies between."""
    before = picture.elements[: picture.elements.index(label)]
    under = [each for each in before if isinstance(each.look, Fill) and each.box.holds(*label.box.centre)]
    for each in reversed(under):
        if each.action is not None:
            return each
        if not any(_beyond(each.box, button.box) <= 0 for button in under if button.action is not None):
            return None
    return None


def _on_capsule(seen: Seen, picture: Picture) -> bool:
    """Whether this stands on the capsule of an alert, which may lie over the page for a while."""
    return any(capsule.box.holds(*seen.element.box.centre) for capsule in capsules(picture))


def capsules(picture: Picture) -> list[Element]:
    """The capsules: a ground and a sign, then an alert, over the page."""
    three = zip(picture.elements, picture.elements[1:], picture.elements[2:], strict=False)
    return [
        ground
        for ground, sign, text in three
        if text.role is Role.ALERT and isinstance(sign.look, Icon) and isinstance(ground.look, Fill)
        if ground.box.holds(*text.box.centre)
    ]
