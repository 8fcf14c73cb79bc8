"""Plates that are neither Egyptian nor Saudi, and things that look like plates: drawn, as examples of what not to read."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from contract.plates import ARABIC_DIGITS
from prepare.drawn import ARABIC_FONTS, LATIN_FONTS, SHAPES, pick, sized

Colour = tuple[int, ...]

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
# (field, ink): white, yellow, blue, red, green, black, grey, orange.
PLATE_COLOURS: tuple[tuple[Colour, Colour], ...] = (
    ((240, 240, 236), (20, 20, 24)), ((240, 240, 236), (20, 20, 24)), ((240, 240, 236), (24, 40, 120)), ((236, 200, 60), (20, 20, 24)),
    ((30, 60, 140), (240, 240, 240)), ((170, 30, 36), (240, 240, 240)), ((24, 110, 60), (240, 240, 240)), ((24, 24, 26), (236, 236, 230)),
    ((150, 152, 156), (20, 20, 24)), ((226, 120, 40), (20, 20, 24)),
)
COUNTRY_WORDS = (
    "U.A.E", "DUBAI", "KUWAIT", "QATAR", "BAHRAIN", "OMAN", "JORDAN", "IRAQ", "LIBYA", "SUDAN", "LEBANON", "SYRIA", "YEMEN",
    "الامارات", "دبي", "الكويت", "قطر", "البحرين", "عمان", "الاردن", "العراق", "ليبيا", "السودان", "لبنان", "سوريا", "اليمن", "فلسطين",
)
SIGN_WORDS = (
    "TOYOTA", "HYUNDAI", "COROLLA", "NISSAN", "SALE", "TAXI", "STOP", "SCHOOL BUS", "4x4", "TURBO", "CALL", "EXIT", "MARKET", "PIZZA",
    "للبيع", "مكتبة", "صيدلية", "مطعم", "بقالة", "ماشاء الله", "خصم", "تاكسي", "مدرسة", "شركة", "نقل", "ورشة", "معرض", "كافيه",
)


def characters(random: np.random.Generator, alphabet: str, least: int, most: int) -> str:
    """Some characters by chance."""
    return "".join(random.choice(list(alphabet), int(random.integers(least, most + 1))))


def is_latin(text: str) -> bool:
    """Whether a Latin face has the characters."""
    return all(ord(character) < 128 for character in text)


def write(random: np.random.Generator, pen: ImageDraw.ImageDraw, text: str, area: tuple[float, float, float, float], ink: Colour) -> None:
    """The text as large as the area allows; words of Arabic letters are joined by the face as far as it can."""
    left, top, right, bottom = area
    font = pick(random, LATIN_FONTS if is_latin(text) else ARABIC_FONTS)
    shown = SHAPES.get(text, text)
    size = max(8, int((bottom - top) * random.uniform(0.75, 1.0)))
    length = sized(font, size).getlength(shown)
    size = max(7, int(size * min(1.0, (right - left) * 0.94 / max(length, 1.0))))
    pen.text(((left + right) / 2, (top + bottom) / 2), shown, font=sized(font, size), fill=ink, anchor="mm", stroke_width=int(random.random() < 0.3))


def blank_plate(random: np.random.Generator, ratio: float, field: Colour, ink: Colour) -> Image.Image:
    """A field with a border, 120 pixels high."""
    height = 120
    plate = Image.new("RGB", (int(height * ratio), height), field)
    pen = ImageDraw.Draw(plate)
    if random.random() < 0.85:
        width = int(random.integers(1, 5))
        pen.rounded_rectangle((1, 1, plate.width - 2, height - 2), radius=int(random.integers(0, 14)), outline=ink, width=width)
    return plate


def one_line(random: np.random.Generator) -> Image.Image:
    """A long plate with one line: European, Gulf and North African ones."""
    field, ink = PLATE_COLOURS[int(random.integers(len(PLATE_COLOURS)))]
    plate = blank_plate(random, random.uniform(3.4, 5.0), field, ink)
    pen = ImageDraw.Draw(plate)
    left = 6.0
    if random.random() < 0.5:
        left = plate.width * random.uniform(0.08, 0.14)
        pen.rectangle((2, 2, left, 117), fill=(20, 60, 160) if random.random() < 0.7 else field)
        write(random, pen, characters(random, LATIN, 1, 3), (4, 70, left - 2, 110), (250, 250, 250))
    text = random.choice([
        characters(random, LATIN, 1, 3) + " " + characters(random, "0123456789", 2, 5),
        characters(random, "0123456789", 3, 6),
        characters(random, "0123456789", 1, 5) + " " + characters(random, LATIN, 1, 3),
        characters(random, ARABIC_DIGITS, 3, 6),
        characters(random, "0123456789", 1, 2) + "-" + characters(random, "0123456789", 3, 5),
    ])
    write(random, pen, str(text), (left, 14, plate.width - 6, 108), ink)
    return plate


def two_lines(random: np.random.Generator) -> Image.Image:
    """A plate of the size of ours with a country's name and a number, or a number over a number."""
    field, ink = PLATE_COLOURS[int(random.integers(len(PLATE_COLOURS)))]
    plate = blank_plate(random, random.uniform(1.5, 2.4), field, ink)
    pen = ImageDraw.Draw(plate)
    split = random.uniform(0.3, 0.52) * plate.height
    if random.random() < 0.4:
        band = PLATE_COLOURS[int(random.integers(len(PLATE_COLOURS)))][0]
        pen.rectangle((3, 3, plate.width - 4, split), fill=band)
    digits = "0123456789" if random.random() < 0.6 else ARABIC_DIGITS
    name = str(random.choice(list(COUNTRY_WORDS)))
    number = characters(random, digits, 3, 6)
    if random.random() < 0.3:
        number = characters(random, LATIN if digits[0] == "0" else ARABIC, 1, 2) + " " + number
    upper, lower = (name, number) if random.random() < 0.75 else (characters(random, digits, 2, 5), number)
    if random.random() < 0.25:
        upper, lower = lower, upper
    write(random, pen, upper, (8, 6, plate.width - 8, split), ink)
    write(random, pen, lower, (8, split + 2, plate.width - 8, plate.height - 6), ink)
    if random.random() < 0.3:
        pen.line((plate.width * 0.5, split, plate.width * 0.5, plate.height), fill=ink, width=2)
    return plate


def foreign_plate(random: np.random.Generator) -> Image.Image:
    """A plate of another country, as far as its layout goes."""
    return one_line(random) if random.random() < 0.5 else two_lines(random)


def sign(random: np.random.Generator) -> Image.Image:
    """A sticker, a shop sign, a telephone number: no plate at all."""
    ground = tuple(int(value) for value in random.integers(0, 256, 3))
    ink = tuple(255 - value for value in ground) if random.random() < 0.7 else (250, 250, 250)
    plate = blank_plate(random, random.uniform(1.2, 5.0), ground, ink)
    pen = ImageDraw.Draw(plate)
    words = [str(random.choice(list(SIGN_WORDS))) for _ in range(int(random.integers(1, 4)))]
    if random.random() < 0.3:
        words[-1] = "01" + characters(random, "0123456789", 7, 9)
    step = plate.height / len(words)
    for line, word in enumerate(words):
        write(random, pen, word, (6, line * step + 3, plate.width - 6, (line + 1) * step - 3), ink)
    return plate
