"""What a courier sees before any door: every offer is found, a finger hits it, and every word fits."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest

from kiosk.core import state as s
from kiosk.core.carriers.formats import FORMATS, IMPB
from kiosk.core.events import Choice
from kiosk.core.ids import SizeName
from kiosk.core.view import AskName, AskNumber, AskUnit, ChooseSize, Divert, Full, ScanLabels
from ui.compose import compose
from ui.elements import Choose, Element, Fill, Picture, PressKey, Role, SayWhy, TurnPage, Words
from ui.gallery import SIZES, Studio
from ui.gallery.courier import COURIERS_SCREENS
from ui.gallery.moments import courier_at, idle
from ui.gallery.sample import Sample
from ui.geometry import Box
from ui.screens.courier import CARRIERS
from ui.screens.size import DOOR_MM, DOOR_RADIUS_MM, TIMES
from ui.setting import House, Local
from ui.text import LANGUAGES, load_texts
from ui.theme import Mode

pytestmark = pytest.mark.slow

PAGES = (ScanLabels, AskNumber, AskUnit, AskName, Divert, ChooseSize, Full)
SAMPLES = [each for each in COURIERS_SCREENS if isinstance(each.model.page, PAGES) and not each.model.still_there]
TARGET_MM, LETTER_MM, LETTER_GAP_MM = 18.0, 10.0, 2.0
ROUNDING_MM = 0.3
EVERYWHERE = pytest.mark.parametrize("size", SIZES)
studio = cache(lambda size: Studio(SIZES[size]))


def named(name: str) -> Sample:
    return next(each for each in SAMPLES if each.name == name)


def labelled(*labels: s.Label) -> Sample:
    return Sample("labels", courier_at(idle(), s.Scanning(), labels=labels))


def drawn(sample: Sample, size: str = "1280x800", language: str = "en", page: int | None = None) -> Picture:
    local = sample.local if page is None else replace(sample.local, page=page)
    return compose(studio(size).setting(replace(sample, local=local), language, Mode.NORMAL))


def parts_of(sample: Sample, size: str, language: str = "en") -> Iterator[Picture]:
    """Every part of a list that is longer than the panel, by touching what turns it."""
    page, seen = 0, set[int]()
    while page not in seen:
        seen.add(page)
        picture = drawn(sample, size, language, page)
        yield picture
        page = next((each.action.page for each in picture.elements if isinstance(each.action, TurnPage)), page)


def chosen(picture: Picture) -> list[tuple[Choice, str]]:
    return [(each.action.choice, each.action.value) for each in picture.elements if isinstance(each.action, Choose)]


def names(picture: Picture) -> list[str]:
    return [each.name for each in picture.elements if each.name]


def targets(picture: Picture) -> list[Element]:
    return [each for each in picture.elements if each.action is not None]


def is_letter(element: Element) -> bool:
    """Everything on a keyboard with all letters, and the letters beside a keypad."""
    return isinstance(element.action, PressKey)


def written(picture: Picture) -> str:
    return " ".join(line for each in picture.elements if isinstance(each.look, Words) for line in each.look.lines)


# --- every screen ---


@EVERYWHERE
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_offer_is_found_once_and_nothing_else(sample: Sample, size: str, language: str) -> None:
    pictures = list(parts_of(sample, size, language))
    offered = {(offer.choice, offer.value) for offer in sample.model.offers}

    for picture in pictures:
        assert len(set(chosen(picture))) == len(chosen(picture))
    assert {each for picture in pictures for each in chosen(picture)} == offered


@EVERYWHERE
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_finger_hits_what_it_aims_at(sample: Sample, size: str, language: str) -> None:
    panel = studio(size).setting(sample, language, Mode.NORMAL).panel
    for picture in parts_of(sample, size, language):
        for element in targets(picture):
            least = LETTER_MM if is_letter(element) else TARGET_MM
            assert min(element.box.width, element.box.height) >= least - 1e-6, element.name
            assert panel.around(element.box) == panel, element.name
        for one, other in combinations(targets(picture), 2):
            apart = LETTER_GAP_MM / 2 if is_letter(one) and is_letter(other) else 0.0
            assert not one.box.inset(-apart).overlaps(other.box.inset(-apart), by=1e-6), (one.name, other.name)


@EVERYWHERE
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_word_fits_its_place(sample: Sample, size: str, language: str) -> None:
    face = studio(size).typeface
    for picture in parts_of(sample, size, language):
        for element in picture.elements:
            match element.look:
                case Words(lines=lines, type=type_):
                    widest = max((face.width_mm(line, type_) for line in lines), default=0.0)
                    assert widest <= element.box.width + ROUNDING_MM, lines
                case _:
                    pass


@EVERYWHERE
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_whatever_can_be_touched_has_a_name_that_tells_it_apart(sample: Sample, size: str) -> None:
    for picture in parts_of(sample, size):
        called = [each.name for each in targets(picture)]
        assert all(called)
        assert len(set(called)) == len(called)


# --- labels ---


def test_every_carrier_that_a_label_can_name_has_a_name_as_it_is_written() -> None:
    codes = {each.carrier for each in (*FORMATS, *IMPB)}
    assert codes - {"s10"} == set(CARRIERS)


@EVERYWHERE
def test_a_label_is_told_by_its_carrier_and_its_last_digits(size: str) -> None:
    ups = s.Label(carrier="ups", tracking_number="1Z5R89390357567127", check="ok")
    other = s.Label(carrier="unknown", tracking_number="X-2087", check="none")
    words = " ".join(written(picture) for picture in parts_of(labelled(ups, other), size))

    assert "UPS" in words
    assert "Ends 7127" in words
    assert "Parcel" in words
    assert "1Z5R8939" not in words


@EVERYWHERE
def test_a_number_that_is_in_the_bank_says_where(size: str) -> None:
    picture = drawn(named("scan-in-the-bank"), size)

    assert "FedEx. Ends 8855. In E08 already" in names(picture)
    assert "8855" in written(picture)
    assert "E08" in written(picture)


@EVERYWHERE
def test_a_list_that_is_too_long_is_turned_and_comes_round_again(size: str) -> None:
    pictures = list(parts_of(named("scan-seven"), size))
    removed = [value for picture in pictures for choice, value in chosen(picture) if choice is Choice.REMOVE]

    assert len(pictures) > 1
    assert removed == [str(number) for number in range(7)]


@EVERYWHERE
def test_thirty_labels_of_a_carrier_with_a_long_name_can_each_be_removed(size: str) -> None:
    many = tuple(s.Label(carrier="yunexpress", tracking_number=f"YT{number:016}", check="none") for number in range(30))
    pictures = list(parts_of(labelled(*many), size))

    removed = [value for picture in pictures for choice, value in chosen(picture) if choice is Choice.REMOVE]
    assert removed == [str(number) for number in range(30)]
    assert all("YunExpress" in written(picture) for picture in pictures)


def test_where_nothing_can_be_recorded_the_way_out_is_the_primary() -> None:
    picture = drawn(named("scan-none-no-drops"))

    assert chosen(picture) == [(Choice.FINISH, "")]
    assert "No deliveries now" in names(picture)


# --- number, unit, name ---


def keys(picture: Picture) -> list[str]:
    return [each.action.key for each in picture.elements if isinstance(each.action, PressKey)]


@EVERYWHERE
def test_a_number_can_hold_every_letter_and_digit(size: str) -> None:
    pressed = keys(drawn(named("number"), size))

    assert sorted(pressed) == sorted([*"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "clear", "delete", "ok"])


@EVERYWHERE
def test_of_a_long_number_the_end_is_seen_and_the_whole_is_read(size: str) -> None:
    picture = drawn(named("number-long"), size)

    assert "9ABC" in written(picture).replace(" ", "")
    assert "Typed: JD014600003SE68WM97PQRTUVXY0123456789ABC" in names(picture)


@EVERYWHERE
@pytest.mark.parametrize("letters", ["", "A", "ABC", "ABCDEF", "ABCDEFGHJKLM", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"])
def test_the_house_has_its_own_letters_on_the_keypad(letters: str, size: str) -> None:
    picture = drawn(replace(named("unit"), house=House(unit_letters=letters)), size)
    pressed = keys(picture)

    assert len(set(pressed)) == len(pressed)
    assert set(pressed) >= {*"0123456789", *letters, "clear", "delete", "ok"}
    for element in targets(picture):
        least = TARGET_MM if element.name.isdigit() and "Z" not in pressed else LETTER_MM
        assert min(element.box.width, element.box.height) >= least - 1e-6, element.name


def test_the_key_that_clears_all_is_not_taken_for_the_letter() -> None:
    assert [each for each in written(drawn(named("unit"))).split() if each == "C"] == ["C"]


def test_a_label_without_a_unit_leads_to_staff_and_back_to_the_keypad() -> None:
    first, second = parts_of(named("unit"), "1280x800")

    assert (Choice.LEAVE_WITH_STAFF, "") not in chosen(first)
    assert chosen(second) == [(Choice.LEAVE_WITH_STAFF, ""), (Choice.TAKE_WITH_ME, "")]
    assert TurnPage(0) in [each.action for each in second.elements]


@EVERYWHERE
def test_names_are_masked_and_of_one_unit_only(size: str) -> None:
    words = " ".join(written(picture) for picture in parts_of(named("name-seven"), size))

    assert "A… S…" in words
    assert "Ada" not in words
    assert "7A" in words


# --- sizes ---


def doors(picture: Picture) -> list[Box]:
    """Where the compartments are drawn."""
    return [
        each.box
        for each in picture.elements
        if isinstance(each.look, Fill) and (each.look.radius_mm, each.look.outline_mm) == (DOOR_RADIUS_MM, DOOR_MM)
    ]


@EVERYWHERE
@pytest.mark.parametrize("name", ["size", "size-some-full", "size-three"])
def test_doors_are_drawn_to_one_scale(name: str, size: str) -> None:
    sample = named(name)
    assert isinstance(sample.model.page, ChooseSize)
    cards, shown = sample.model.page.sizes, [each for part in parts_of(sample, size) for each in doors(part)]
    scales = [each.height / card.height_mm for each, card in zip(shown, cards, strict=True)]
    across = [each.width / card.width_mm for each, card in zip(shown, cards, strict=True)]

    assert scales + across == pytest.approx([scales[0]] * (2 * len(cards)))


def test_beside_each_other_all_doors_stand_on_one_floor() -> None:
    floors = {round(each.bottom, 6) for each in doors(drawn(named("size")))}
    assert len(floors) == 1


@EVERYWHERE
def test_a_size_without_a_free_door_says_why_it_cannot_be_chosen(size: str) -> None:
    picture = drawn(named("size-some-full"), size)
    why = {each.name: each for each in picture.elements if isinstance(each.action, SayWhy)}

    assert list(why) == [f"Small. 90 {TIMES} 420 mm. Full", f"X-large. 660 {TIMES} 420 mm. Full"]
    for element in why.values():
        assert isinstance(element.look, Fill)
        assert element.look.dashed


@EVERYWHERE
def test_the_unit_that_was_found_is_named_before_the_door_opens(size: str) -> None:
    for language in LANGUAGES:
        unit = load_texts(language).say("unit.named", unit="12B")
        assert unit in written(drawn(named("size"), size, language))


def test_a_size_that_has_no_word_is_shown_by_its_own_name() -> None:
    sample = named("size")
    model = sample.model
    assert isinstance(model.page, ChooseSize)
    odd = replace(model.page.sizes[0], size=SizeName("Tall"))
    page = replace(model.page, sizes=(odd, *model.page.sizes[1:]))
    setting = replace(studio("1280x800").setting(sample, "en", Mode.NORMAL), model=replace(model, page=page))

    assert f"Tall. 90 {TIMES} 420 mm. Best fit" in names(compose(setting))


def test_the_other_parcel_of_the_same_resident_is_offered_with_its_door() -> None:
    picture = drawn(named("size-shared"))

    assert "Put it with the other parcel, C09" in names(picture)
    assert "Same resident: C09" in names(picture)


# --- where else a parcel goes ---


@pytest.mark.parametrize("name", ["divert-unknown-unit", "divert-moved-out", "divert-on-hold", "divert-refuses"])
def test_a_parcel_that_is_not_for_the_bank_has_three_ways_of_equal_size(name: str) -> None:
    picture = drawn(named(name))
    ways = [each for each in picture.elements if isinstance(each.action, Choose)]

    assert len({(round(each.box.width, 6), round(each.box.height, 6)) for each in ways}) == 1
    assert [each.role for each in picture.elements if each.role is Role.ALERT] == [Role.ALERT]


def test_the_desk_is_called_as_people_of_the_house_call_it() -> None:
    picture = drawn(replace(named("full-smaller"), house=House(front_desk="Porter, ground floor"), local=Local()))

    assert "Leave with staff. Porter, ground floor" in names(picture)
