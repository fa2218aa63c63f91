"""What is read in a picture: every symbology, held any way, in bad light, and never a number that is not there."""

import numpy as np
import pytest

from drivers.camera.decode import OTHER_LOOKS, Gaze, Reading, read
from drivers.camera.picture import Picture
from tests.drivers.camera.scenes import SHOTS, SIZE, scene
from tests.drivers.camera.symbols import SYMBOLS, Pixels, Symbol

CODE_128 = SYMBOLS[0]
MAXICODE = next(symbol for symbol in SYMBOLS if symbol.symbology == "MaxiCode")
IN_A_SCENE = tuple(symbol for symbol in SYMBOLS if symbol is not MAXICODE)
BARS = tuple(symbol for symbol in SYMBOLS if symbol.symbology in ("Code 128", "GS1-128", "ITF-14", "Code 39"))
QR = next(symbol for symbol in SYMBOLS if symbol.symbology == "QR Code")


def picture_of(pixels: Pixels) -> Picture:
    height, width = pixels.shape
    return Picture(width, height, pixels.tobytes())


def texts(pixels: Pixels) -> list[str]:
    return [reading.text for reading in read(picture_of(pixels))]


def on_paper(symbol: Symbol) -> Pixels:
    return np.pad(symbol.draw(), 40, constant_values=255)


@pytest.mark.parametrize("symbol", SYMBOLS, ids=lambda symbol: symbol.text[:8])
def test_every_symbology_of_parcels_is_read_with_its_prefix(symbol: Symbol) -> None:
    assert texts(on_paper(symbol)) == [symbol.text]


@pytest.mark.slow
@pytest.mark.parametrize("shot", ["clean", "upside down", "turned 90", "jpeg 15"])
@pytest.mark.parametrize("symbol", IN_A_SCENE, ids=lambda symbol: symbol.text[:8])
def test_a_label_that_lies_on_a_table_is_read(symbol: Symbol, shot: str) -> None:
    assert texts(scene(symbol, SHOTS[shot], 1)) == [symbol.text]


@pytest.mark.slow
@pytest.mark.parametrize("shot", ["turned 15", "turned 30", "turned 45", "turned 60", "dim", "very dim", "tilted"])
@pytest.mark.parametrize("symbol", BARS, ids=lambda symbol: symbol.text[:8])
def test_bars_are_read_at_any_angle_and_in_little_light(symbol: Symbol, shot: str) -> None:
    assert texts(scene(symbol, SHOTS[shot], 1)) == [symbol.text]


def test_a_code_that_leans_the_other_way_is_read_as_well() -> None:
    for shot in ("turned 30", "turned 45", "turned 60"):
        mirrored = np.ascontiguousarray(scene(CODE_128, SHOTS[shot], 1).T)  # the bars, too: an upside-down one

        assert texts(mirrored) == [CODE_128.text]


def test_light_on_dark_is_read_where_it_is_a_code_of_a_telephone() -> None:
    assert texts(255 - on_paper(QR)) == [QR.text]


@pytest.mark.slow
@pytest.mark.parametrize("shot", ["noisy", "very dim", "much blurred", "small", "turned 30", "all of it"])
def test_nothing_is_read_that_is_not_there(shot: str) -> None:
    for seed, symbol in enumerate(SYMBOLS):
        assert set(texts(scene(symbol, SHOTS[shot], seed))) <= {symbol.text}


def test_a_picture_without_a_code_has_none() -> None:
    chance = np.random.default_rng(1)
    width, height = SIZE

    assert texts(np.zeros((height, width), np.uint8)) == []
    assert texts(chance.integers(0, 255, (height, width), np.uint8)) == []
    assert texts(np.full((1, 1), 255, np.uint8)) == []


def test_two_codes_of_one_label_are_both_read() -> None:
    label = np.full((500, 800), 255, np.uint8)
    for symbol, top in ((CODE_128, 20), (QR, 250)):
        drawn = symbol.draw()
        label[top : top + drawn.shape[0], 60 : 60 + drawn.shape[1]] = drawn

    assert set(texts(label)) == {CODE_128.text, QR.text}


def test_an_interleaved_2_of_5_counts_only_as_an_itf_14_with_its_check_digit() -> None:
    itf = next(symbol for symbol in SYMBOLS if symbol.symbology == "ITF-14")
    drawn = itf.draw()
    cut = drawn[:, : drawn.shape[1] * 2 // 3]

    assert texts(np.pad(cut, 40, constant_values=255)) == []


def test_a_camera_that_is_held_still_tries_each_way_in_turn_and_stays_with_the_one_that_reads() -> None:
    gaze, frame = Gaze(), picture_of(scene(CODE_128, SHOTS["turned 45"], 1))

    found = [gaze.read(frame) for _ in range(len(OTHER_LOOKS) + 3)]

    first = found.index([Reading(CODE_128.text)])
    assert found[:first] == [[]] * first
    assert found[first:] == [[Reading(CODE_128.text)]] * (len(found) - first)


def test_a_frame_that_can_be_read_straight_is_not_looked_at_otherwise() -> None:
    assert Gaze().read(picture_of(on_paper(CODE_128))) == [Reading(CODE_128.text)]


@pytest.mark.parametrize(
    ("text", "linear"),
    [("]C1", True), ("]A0", True), ("]E0", True), ("]I1", True), ("]Q1", False), ("]L2", False), ("]U1", False)],
)
def test_a_code_of_bars_has_but_a_check_digit(text: str, linear: bool) -> None:
    assert Reading(text + "1").linear is linear
