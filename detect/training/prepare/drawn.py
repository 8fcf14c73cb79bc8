"""Saudi plates drawn with free fonts, for what 141 photographs cannot show. Seeded by the caller's generator."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from contract.plates import ARABIC_DIGITS, SAUDI_LETTERS

Box = tuple[float, float, float, float]
# How many plates are long ones; 46 of the 141 photographs show one.
LONG_SHARE = 0.4
POOL_PLATES = 300
REDRAWN_SHARE = 0.1
# Glyphs are searched by file name in the folders where Debian puts fonts; those not installed are left out.
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
LATIN_FONTS = (
    "DejaVuSans.ttf", "DejaVuSansCondensed.ttf", "NotoSans-Medium.ttf", "NotoSans-Regular.ttf", "NotoSansMono-Medium.ttf",
    "LiberationSans-Regular.ttf", "LiberationSansNarrow-Regular.ttf", "NotoSans-SemiBold.ttf", "Roboto-Regular.ttf",
    "Roboto-Medium.ttf", "RobotoCondensed-Regular.ttf",
)
ARABIC_FONTS = (
    "Amiri-Bold.ttf", "Amiri-Regular.ttf", "NotoNaskhArabic-Bold.ttf", "NotoNaskhArabic-Regular.ttf", "DejaVuSans.ttf",
    "NotoSansArabic-SemiBold.ttf", "NotoSansArabic-Medium.ttf", "DejaVuSans-Bold.ttf", "NotoNaskhArabic-SemiBold.ttf",
)
# A lone heh is printed in its initial shape.
SHAPES = {"ه": "ﻫ", "ي": "ى"}


@functools.cache
def font_files(names: tuple[str, ...]) -> tuple[Path, ...]:
    """The installed ones of `names`; an error where there is none."""
    found = {path.name: path for folder in FONT_FOLDERS for path in folder.rglob("*.ttf")}
    files = tuple(found[name] for name in names if name in found)
    if not files:
        raise RuntimeError("no font found: install fonts-noto-core, fonts-hosny-amiri and fonts-dejavu")
    return files


@functools.lru_cache(maxsize=512)
def sized(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels."""
    return ImageFont.truetype(path, size)


def random_plate(random: np.random.Generator, long: bool) -> tuple[str, str]:
    """Letters (Latin row) and digits; short numbers now and then, on long plates as often as not."""
    letters = "".join(random.choice(list(SAUDI_LETTERS), 3))
    count = 4 if random.random() < (0.5 if long else 0.85) else int(random.integers(1, 4))
    digits = "".join(str(random.integers(0, 10)) for _ in range(count))
    return letters, digits


@dataclass(frozen=True)
class DrawnPlate:
    """A drawn plate that fills its picture, with its letters (Latin row) and digits."""

    picture: Image.Image
    letters: str
    digits: str


class Pool:
    """Drawn plates that are used again, since drawing one takes longer than changing it."""

    def __init__(self) -> None:
        self.plates: list[DrawnPlate] = []

    def plate(self, random: np.random.Generator) -> DrawnPlate:
        """A new one while there are few, later one in ten times."""
        if len(self.plates) >= POOL_PLATES and random.random() > REDRAWN_SHARE:
            return self.plates[int(random.integers(len(self.plates)))]
        plate = DrawnPlate(*draw_plate(random))
        if len(self.plates) < POOL_PLATES:
            self.plates.append(plate)
        else:
            self.plates[int(random.integers(POOL_PLATES))] = plate
        return plate


def draw_plate(random: np.random.Generator) -> tuple[Image.Image, str, str]:
    """One drawn plate that fills its picture, with its letters (Latin row) and digits."""
    long = random.random() < LONG_SHARE
    letters, digits = random_plate(random, long)
    height = 120
    width = int(height * random.uniform(4.0, 5.2)) if long else int(height * random.uniform(1.9, 2.25))
    field = tuple(int(value) for value in random.integers(205, 256, 3))
    ink = tuple(int(value) for value in random.integers(0, 70, 3))
    plate = Image.new("RGB", (width, height), field)
    pen = ImageDraw.Draw(plate)
    strip = strip_extent(random, long)
    cells = cell_extents(random, strip)
    line = int(random.integers(2, 5))
    pen.rounded_rectangle((1, 1, width - 2, height - 2), radius=8, outline=ink, width=line)
    middle = int(height * random.uniform(0.47, 0.52))
    if random.random() < 0.85:
        pen.line((0, middle, width, middle), fill=ink, width=max(1, line - 1))
    for edge in {*cells[0], *cells[1]} - {0.0, 1.0}:
        pen.line((edge * width, 0, edge * width, height), fill=ink, width=max(1, line - 1))
    draw_strip(random, plate, strip, field, ink)
    latin, arabic = pick(random, LATIN_FONTS), pick(random, ARABIC_FONTS)
    arabic_row = ("".join(ARABIC_DIGITS[int(d)] for d in digits), "".join(SAUDI_LETTERS[letter] for letter in letters))
    for part, text in enumerate(arabic_row):
        draw_cell(random, pen, arabic, text, (cells[part][0] * width, 4, cells[part][1] * width, middle), ink)
    for part, text in enumerate((digits, letters)):
        draw_cell(random, pen, latin, text, (cells[part][0] * width, middle, cells[part][1] * width, height - 4), ink)
    return plate, letters, digits


def strip_extent(random: np.random.Generator, long: bool) -> tuple[float, float]:
    """Where the KSA strip lies: at the right, or between the cells of long plates."""
    if long and random.random() < 0.7:
        left = random.uniform(0.42, 0.48)
        return left, left + random.uniform(0.10, 0.14)
    return random.uniform(0.86, 0.91), 1.0


def cell_extents(random: np.random.Generator, strip: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The digits' and the letters' cell, in shares of the width."""
    if strip[1] < 1.0:
        return (0.0, strip[0]), (strip[1], 1.0)
    split = random.uniform(0.47, 0.56) * strip[0] / 0.88
    return (0.0, split), (split, strip[0])


def pick(random: np.random.Generator, names: tuple[str, ...]) -> Path:
    """One installed font."""
    files = font_files(names)
    return files[int(random.integers(len(files)))]


def draw_strip(
    random: np.random.Generator, plate: Image.Image, strip: tuple[float, float], field: tuple[int, ...], ink: tuple[int, ...]
) -> None:
    """The class strip with KSA: white, yellow, blue or green."""
    width, height = plate.size
    pen = ImageDraw.Draw(plate)
    colours = [field, field, field, (225, 190, 40), (60, 110, 190), (60, 140, 80)]
    colour = colours[int(random.integers(len(colours)))]
    left, right = strip[0] * width, strip[1] * width - 3
    pen.rectangle((left, 3, right, height - 4), fill=colour)
    font = sized(pick(random, LATIN_FONTS), 17)
    centre = (left + right) / 2
    if strip[1] < 1.0:
        pen.text((centre, height * 0.6), "KSA", font=font, fill=ink, anchor="mm")
    else:
        for number, letter in enumerate("KSA"):
            pen.text((centre, height * (0.38 + 0.16 * number)), letter, font=font, fill=ink, anchor="mm")
    pen.ellipse((centre - 5, height * 0.1, centre + 5, height * 0.1 + 12), fill=ink)
    pen.ellipse((centre - 6, height * 0.85, centre + 6, height * 0.85 + 12), fill=ink)


def draw_cell(
    random: np.random.Generator, pen: ImageDraw.ImageDraw, font: Path, text: str, cell: Box, ink: tuple[int, ...]
) -> None:
    """The characters of one cell, spread over its width, each drawn alone (letters never join on a plate)."""
    left, top, right, bottom = cell
    shapes = [SHAPES.get(character, character) for character in text]
    size = int((bottom - top) * random.uniform(0.68, 1.0))
    room = (right - left) * random.uniform(0.86, 0.97)
    width = sum(sized(font, size).getlength(shape) for shape in shapes)
    size = max(10, int(size * min(1.0, room / (width + 1.0))))
    face = sized(font, size)
    widths = [face.getlength(shape) for shape in shapes]
    gap = min((room - sum(widths)) / max(len(shapes), 2), size * random.uniform(0.05, 0.6))
    position = (left + right) / 2 - (sum(widths) + gap * (len(shapes) - 1)) / 2
    height = (top + bottom) / 2 + random.uniform(-0.05, 0.05) * (bottom - top)
    stroke = int(random.random() < 0.25)
    for shape, wide in zip(shapes, widths, strict=True):
        wobble = random.uniform(-1.5, 1.5)
        pen.text((position + wide / 2, height + wobble), shape, font=face, fill=ink, anchor="mm", stroke_width=stroke)
        position += wide + gap
