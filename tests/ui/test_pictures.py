"""What is really drawn, over every sample in every language, mode and size: readable, reachable, told apart.

Holds the sentences; the measures stand in `looking`. It must not know what a single screen says.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pygame
import pytest

from kiosk.core import view as v
from kiosk.core.events import Choice
from kiosk.core.offers import Offer
from tests.ui.looking import capsules, faults, on_top
from ui.elements import Choose, Element, Fill, OpenSheet, Picture, Sheet, TurnPage
from ui.gallery import SAMPLES, SIZES, Sample, Studio
from ui.overlays import WAYS_OUT
from ui.text import LANGUAGES
from ui.theme import Mode

MAIN = tuple({type(sample.model.page): sample for sample in reversed(SAMPLES)}.values())
"""The plainest sample of each page."""
EVERY_WAY = [
    pytest.param(size, mode, language, id=f"{size} {mode.value} {language}")
    for size in SIZES
    for mode in Mode
    for language in LANGUAGES
]
CORNER_MM = 8.0
LARGE = 0.15
"""Of the panel: a field, not a button."""


@cache
def studio(size: str) -> Studio:
    return Studio(SIZES[size])


def judged(size: str, mode: Mode, language: str, samples: tuple[Sample, ...]) -> list[str]:
    told = []
    for sample in samples:
        picture = studio(size).compose(sample, language, mode)
        told += [f"{sample.name}: {fault}" for fault in faults(studio(size), picture, mode)]
    return told


@pytest.mark.parametrize("size", SIZES)
def test_every_page_can_be_read_touched_and_told(size: str) -> None:
    assert judged(size, Mode.NORMAL, "en", MAIN) == []


@pytest.mark.slow
@pytest.mark.parametrize(("size", "mode", "language"), EVERY_WAY)
def test_every_screen_can_be_read_touched_and_told(size: str, mode: Mode, language: str) -> None:
    assert judged(size, mode, language, SAMPLES) == []


# --- what is offered ---


def pages_of(size: str, sample: Sample) -> Iterator[Picture]:
    """The picture, and those that turning the page leads to, until the first one comes again."""
    local, seen = sample.local, set[int]()
    while local.page not in seen:
        seen.add(local.page)
        picture = studio(size).compose(replace(sample, local=local), "en", Mode.NORMAL)
        yield picture
        turns = [each.action.page for each in picture.elements if isinstance(each.action, TurnPage)]
        local = replace(local, page=next(iter(turns), local.page))


def choices(picture: Picture) -> Counter[Offer]:
    actions = [each.action for each in picture.elements]
    return Counter(Offer(action.choice, action.value) for action in actions if isinstance(action, Choose))


def expected(sample: Sample) -> set[Offer]:
    """What a person can choose on this sample, as far as nothing lies over the page."""
    model = sample.model
    if model.still_there:
        ways_out = [Offer(choice) for choice in WAYS_OUT if Offer(choice) in model.offers]
        return {Offer(Choice.MORE_TIME), *ways_out[:1]}
    return set() if sample.local.sheet is not Sheet.NONE else set(model.offers)


@pytest.mark.parametrize("size", SIZES)
def test_exactly_what_is_offered_can_be_touched(size: str) -> None:
    for sample in SAMPLES:
        shown = [choices(picture) for picture in pages_of(size, sample)]
        assert {offer for page in shown for offer in page} == expected(sample), sample.name


@pytest.mark.parametrize("size", SIZES)
def test_no_choice_stands_twice_but_the_first_of_a_list_which_the_primary_repeats(size: str) -> None:
    for sample in SAMPLES:
        page = sample.model.page
        first = {Offer(Choice.OPEN, page.doors[0].compartment)} if isinstance(page, v.YourParcels) else set()
        for picture in pages_of(size, sample):
            assert {offer for offer, count in choices(picture).items() if count > 1} <= first, sample.name


# --- what is the same on every page ---


def helps(picture: Picture) -> list[Element]:
    return [each for each in picture.elements if each.action == OpenSheet(Sheet.HELP)]


@pytest.mark.parametrize("size", SIZES)
def test_help_is_in_the_bottom_leading_corner_of_every_page(size: str) -> None:
    for sample in SAMPLES:
        picture = studio(size).compose(sample, "en", Mode.NORMAL)
        if on_top(picture):
            continue
        (found,) = helps(picture)
        height_mm = SIZES[size].height_px / SIZES[size].px_per_mm
        assert found.box.x <= CORNER_MM, sample.name
        assert height_mm - found.box.bottom <= CORNER_MM, sample.name


@pytest.mark.parametrize("size", SIZES)
def test_large_fields_are_black_in_high_contrast(size: str) -> None:
    panel = SIZES[size].width_px * SIZES[size].height_px / SIZES[size].px_per_mm ** 2
    for sample in SAMPLES:
        picture = studio(size).compose(sample, "en", Mode.HIGH_CONTRAST)
        for each in picture.elements:
            field = each.action is None and each not in capsules(picture)
            if field and isinstance(each.look, Fill) and each.box.width * each.box.height > LARGE * panel:
                assert sample.local.pressed or each.look.colour == (0, 0, 0), sample.name


# --- golden pictures ---

GOLDEN = Path(__file__).parent / "golden"
RENEW = "RENEW_GOLDEN"
"""With this variable set, the golden pictures are written anew instead of compared."""
GOLDEN_SAMPLES = (
    "welcome",
    "code-typing",
    "code-failed",
    "parcels-three",
    "pickup-open",
    "collected-three",
    "scan-three",
    "unit-typing",
    "name-two",
    "size-some-full",
    "drop-open",
    "delivered-two-left",
    "full-smaller",
    "drop-did-not-open",
    "out-of-order",
    "code-still-there",
)
SOFT, DIFFERENT = 24, 0.001
"""A pixel may differ by this much on each channel, and this share of all pixels by more: another build of the libraries
draws the edges of letters a little differently."""


@pytest.mark.parametrize("name", GOLDEN_SAMPLES)
def test_a_main_screen_looks_as_its_golden_picture(name: str) -> None:
    sample = next(each for each in SAMPLES if each.name == name)
    surface = studio("1280x800").take(sample, "en", Mode.NORMAL).surface
    path = GOLDEN / f"{name}.png"
    if os.environ.get(RENEW):
        pygame.image.save(surface, path)
    assert path.is_file(), f"{path} is missing: look at the screen, then run with {RENEW}=1"
    share = different(surface, pygame.image.load(path))
    if share > DIFFERENT:
        beside = path.with_suffix(".new.png")
        pygame.image.save(surface, beside)
        pytest.fail(f"{share:.2%} of {name} differ; look at {beside}, and if it is right run with {RENEW}=1")


def different(one: pygame.Surface, other: pygame.Surface) -> float:
    """The share of pixels that differ by more than what is soft; all of them if the sizes differ."""
    if one.get_size() != other.get_size():
        return 1.0
    same = pygame.mask.from_threshold(one, (0, 0, 0), (SOFT, SOFT, SOFT, 255), other.convert(one))
    return 1 - same.count() / (one.get_width() * one.get_height())


def test_a_picture_that_lost_its_key_is_told_from_the_golden_one() -> None:
    surface = studio("1280x800").take(MAIN[0], "en", Mode.NORMAL).surface.copy()
    changed = surface.copy()
    changed.fill((0, 0, 0), (700, 100, 60, 60))

    assert different(surface, surface) == 0.0
    assert different(surface, changed) > DIFFERENT
