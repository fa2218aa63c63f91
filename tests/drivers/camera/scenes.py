"""What a camera sees of a label: a symbol on paper on a table, turned, tilted, blurred, glaring, dim, noisy, small.

Holds one table of what goes wrong with a picture. It must not know how a picture is read. Every scene comes from a
seed, so that it is the same in every run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.drivers.camera.symbols import Pixels, Symbol

Light = NDArray[np.float32]

SIZE = 1280, 720
QUIET_MODULES = 12
"""White paper around a symbol; Code 128 asks for ten modules."""
PAPER, INK = 225, 30


@dataclass(frozen=True, slots=True)
class Shot:
    """How one picture is taken. Angles in degrees, lengths in pixels of the picture."""

    degrees: float = 0
    tilt: float = 0
    """How much shorter the far side of the paper is than the near one, as a share."""
    module_px: float = 3
    blur_px: float = 0.6
    """Of a lens that is in focus."""
    smear_px: int = 1
    """How far the hand moved."""
    glare: float = 0
    """How much of the symbol's height a reflection bleaches, as a share."""
    light: float = 1
    noise: float = 2
    jpeg_quality: int = 95


SHOTS: Mapping[str, Shot] = {
    "clean": Shot(),
    "blurred": Shot(blur_px=1.3),
    "much blurred": Shot(blur_px=2.2),
    "turned 15": Shot(degrees=15),
    "turned 30": Shot(degrees=30),
    "turned 45": Shot(degrees=45),
    "turned 60": Shot(degrees=60),
    "turned 90": Shot(degrees=90),
    "upside down": Shot(degrees=180),
    "tilted": Shot(tilt=0.25),
    "much tilted": Shot(tilt=0.4),
    "smeared": Shot(smear_px=4),
    "glare": Shot(glare=0.5),
    "dim": Shot(light=0.25, noise=6),
    "very dim": Shot(light=0.12, noise=6),
    "noisy": Shot(noise=25),
    "small": Shot(module_px=1.8),
    "very small": Shot(module_px=1.3),
    "jpeg 15": Shot(jpeg_quality=15),
    "all of it": Shot(degrees=20, tilt=0.15, blur_px=1.0, glare=0.3, light=0.4, noise=5, jpeg_quality=50),
}


def scene(symbol: Symbol, shot: Shot, seed: int) -> Pixels:
    """A grey picture of 1280 by 720, the symbol near its middle."""
    chance = np.random.default_rng(seed)
    picture = _laid(symbol, shot, _table(chance), chance)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), shot.blur_px), np.float32)
    if shot.smear_px > 1:
        hand = np.full((1, shot.smear_px), 1 / shot.smear_px, np.float32)
        picture = np.asarray(cv2.filter2D(picture, -1, hand), np.float32)
    exposed = picture * shot.light + 8 + chance.normal(0, shot.noise, picture.shape)
    return _jpeg(np.clip(exposed, 0, 255).astype(np.uint8), shot.jpeg_quality)


def _table(chance: np.random.Generator) -> Light:
    width, height = SIZE
    coarse = chance.uniform(60, 150, (height // 16, width // 16)).astype(np.float32)
    grain = chance.normal(0, 6, (height, width)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC), np.float32) + grain


def _laid(symbol: Symbol, shot: Shot, table: Light, chance: np.random.Generator) -> Light:
    """The paper on the table, its light uneven, perhaps with a reflection across it."""
    drawn = symbol.draw()
    quiet = round(QUIET_MODULES * symbol.module_px)
    printed = INK + (PAPER - INK) / 255 * drawn.astype(np.float32)
    framed = cv2.copyMakeBorder(printed, quiet, quiet, quiet, quiet, cv2.BORDER_CONSTANT, value=(PAPER,))
    height, width = framed.shape
    paper = np.asarray(framed * np.linspace(1, 0.85, width), np.float32)
    if shot.glare:
        paper = _glared(paper, shot.glare, quiet, chance)
    onto = _corners(width, height, shot, shot.module_px / symbol.module_px, chance)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    transform = cv2.getPerspectiveTransform(corners, onto)
    seen = cv2.warpPerspective(paper, transform, SIZE, flags=cv2.INTER_AREA)
    covers = cv2.warpPerspective(np.ones_like(paper), transform, SIZE)
    return np.asarray(table * (1 - covers) + seen * covers, np.float32)


def _glared(paper: Light, share: float, quiet: int, chance: np.random.Generator) -> Light:
    """A bright band with soft edges, along the symbol's length, at its top or at its bottom."""
    height, width = paper.shape
    inner = height - 2 * quiet
    band = np.zeros_like(paper)
    reach = round(share * inner)
    rows = slice(quiet, quiet + reach) if chance.random() < 1 / 2 else slice(height - quiet - reach, height - quiet)
    band[rows, width // 8 : 7 * width // 8] = 1
    return paper + (255 - paper) * np.asarray(cv2.GaussianBlur(band, (0, 0), 6), np.float32)


def _corners(width: int, height: int, shot: Shot, scale: float, chance: np.random.Generator) -> Light:
    """Where the corners of the paper lie in the picture: clockwise, from the top left."""
    wide, high = width * scale / 2, height * scale / 2
    far = wide * (1 - shot.tilt)
    flat = np.array([[-far, -high], [far, -high], [wide, high], [-wide, high]])
    turned = np.deg2rad(shot.degrees + chance.uniform(-2, 2))
    rotation = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
    middle = np.array(SIZE) / 2 + chance.uniform(-15, 15, 2)
    return np.asarray(flat @ rotation.T + middle, np.float32)


def _jpeg(picture: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
