"""What people and the road do to the characters of a row: painted dots and strokes, tape, stickers, bars, glare.

Everything works on a cut row (recombine.CutRow): grey, at twice the net's size with a margin, its characters' cuts known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from prepare.recombine import CutRow, is_digit

# Letters on which a dot above makes another letter (domain: dots were left out of the alphabet because of this), with how many.
DOTTED: dict[str, tuple[int, ...]] = {"ر": (1,), "ص": (1,), "د": (1,), "ط": (1,), "ع": (1,), "س": (3,), "ح": (1,), "ب": (2, 3), "ي": (2,)}
BARE = "اهمولك"
# The share of a character's ink that counts as hidden.
HIDDEN_SHARE = 0.5
# How high a character is in shares of the padded row's height, at least and at most, and how much of its place is ink.
BODY_HEIGHT = (0.12, 0.75)
BODY_AREA = 0.015
# Where it lies, in shares of that height: under the band or the frame, and about the middle.
BODY_TOP = 0.17
BODY_CENTRE = (0.3, 0.8)
TRIES = 12


@dataclass(frozen=True)
class Glyph:
    """One character's body in pixels of the row."""

    left: int
    right: int
    top: int
    bottom: int
    character: str


def ink_mask(row: CutRow) -> np.ndarray:
    """Where the row is dark, between the darkest and the lightest of its inner part."""
    height, width = row.pixels.shape
    inner = row.pixels[int(height * 0.2) : int(height * 0.8), int(width * 0.15) : int(width * 0.85)]
    dark, light = np.quantile(inner, [0.06, 0.8])
    return row.pixels < (dark + light) / 2


def glyphs(row: CutRow, mask: np.ndarray) -> list[Glyph]:
    """The characters that can be made out: between the cuts the largest connected ink that is no frame of the plate."""
    height, width = row.pixels.shape
    found = []
    for place, character in enumerate(row.text):
        left, right = max(0, round(row.cuts[place])), min(width, round(row.cuts[place + 1]))
        if right - left < 6:
            continue
        _, _, shapes, _ = cv2.connectedComponentsWithStats(mask[:, left:right].astype(np.uint8))
        bodies = [shape for shape in shapes[1:] if is_body(shape, (height, right - left))]
        if bodies:
            x, y, wide, tall, _ = max(bodies, key=lambda shape: shape[cv2.CC_STAT_AREA])
            found.append(Glyph(left + int(x), left + int(x + wide), int(y), int(y + tall), character))
    return found


def is_body(shape: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether a connected shape between two cuts can be a character: large enough, and neither a line nor at the border."""
    _, y, wide, tall, area = (int(value) for value in shape)
    height, width = size
    is_line = tall < BODY_HEIGHT[0] * height or (wide >= width - 1 and tall < 2 * BODY_HEIGHT[0] * height)
    is_inside = y > BODY_TOP * height and BODY_CENTRE[0] < (y + tall / 2) / height < BODY_CENTRE[1]
    return not is_line and is_inside and tall < BODY_HEIGHT[1] * height and y + tall < height - 1 and area > BODY_AREA * height * width


def tones(row: CutRow) -> tuple[float, float]:
    """The ink's and the field's grey."""
    dark, light = np.quantile(row.pixels[20:-20, 50:-50], [0.06, 0.8])
    return float(dark), float(light)


def blend(pixels: np.ndarray, shape: np.ndarray, tone: np.ndarray | float, softness: float) -> np.ndarray:
    """The row with `shape` (0 to 1) in `tone`, its border softened."""
    alpha = cv2.GaussianBlur(shape.astype(np.float32), (0, 0), softness) if softness > 0.2 else shape.astype(np.float32)
    return (pixels * (1 - alpha) + np.asarray(tone, np.float32) * alpha).clip(0, 255).astype(np.uint8)


def dots(shape: tuple[int, int], centre: tuple[float, float], radius: float, count: int, random: np.random.Generator) -> np.ndarray:
    """One dot, two beside each other, or three in a triangle."""
    canvas = np.zeros(shape, np.float32)
    step = radius * random.uniform(1.9, 2.6)
    places: dict[int, list[tuple[float, float]]] = {1: [(0, 0)], 2: [(-0.5, 0), (0.5, 0)], 3: [(-0.5, 0.3), (0.5, 0.3), (0, -0.5)]}
    for across, down in places[count]:
        middle = (centre[0] + across * step + random.normal(0, 0.6), centre[1] + down * step + random.normal(0, 0.6))
        axes = (radius * random.uniform(0.8, 1.25), radius * random.uniform(0.8, 1.25))
        if random.random() < 0.3:
            box = cv2.boxPoints((middle, (axes[0] * 2, axes[1] * 2), random.uniform(0, 90)))
            cv2.fillPoly(canvas, [(box * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        else:
            centre_fixed, axes_fixed = tuple(int(v * 16) for v in middle), tuple(max(1, int(v * 16)) for v in axes)
            cv2.ellipse(canvas, centre_fixed, axes_fixed, random.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA, 4)
    return canvas


def painted_dots(row: CutRow, random: np.random.Generator) -> np.ndarray | None:
    """Dots above a letter that has none there."""
    natural = random.random() < 0.8
    mask = ink_mask(row)
    choices = [glyph for glyph in glyphs(row, mask) if glyph.character in (DOTTED if natural else BARE)]
    if not choices:
        return None
    glyph = choices[int(random.integers(len(choices)))]
    radius = row.pixels.shape[0] * random.uniform(0.024, 0.05)
    counts = DOTTED.get(glyph.character, (1, 2)) if random.random() < 0.8 else (1, 2)
    count = counts[int(random.integers(len(counts)))]
    x = (glyph.left + glyph.right) / 2 + random.normal(0.0, 0.15) * (glyph.right - glyph.left)
    y = glyph.top - radius * random.uniform(1.1, 2.4) * (1.5 if count == 3 else 1.0)
    if glyph.character in "طب" and random.random() < 0.6:
        # Beside the stem of the letter, or inside its bowl.
        x += 0.2 * (glyph.right - glyph.left)
        y = glyph.top + (glyph.bottom - glyph.top) * random.uniform(0.1, 0.4)
    ink, _ = tones(row)
    shape = dots(row.pixels.shape, (x, max(radius, y)), radius, count, random)
    return blend(row.pixels, shape * random.uniform(0.8, 1.0), ink + random.normal(0, 14), random.uniform(0.3, 1.2))


def painted_zero(row: CutRow, random: np.random.Generator) -> np.ndarray | None:
    """A dot as a zero among the digits of an Egyptian plate, which has none."""
    if row.row != "egypt":
        return None
    digits = [glyph for glyph in glyphs(row, ink_mask(row)) if is_digit(glyph.character)]
    if not digits:
        return None
    glyph = digits[int(random.integers(len(digits)))]
    radius = row.pixels.shape[0] * random.uniform(0.03, 0.06)
    x = (glyph.left if random.random() < 0.5 else glyph.right) + random.normal(0, 1.5)
    y = (glyph.top + glyph.bottom) / 2 + random.normal(0, 3)
    ink, _ = tones(row)
    return blend(row.pixels, dots(row.pixels.shape, (x, y), radius, 1, random), ink + random.normal(0, 12), random.uniform(0.3, 1.0))


def stroke(row: CutRow, random: np.random.Generator) -> np.ndarray | None:
    """A stroke in ink added to a character, or one in the field's colour over part of it."""
    mask = ink_mask(row)
    choices = glyphs(row, mask)
    if not choices:
        return None
    glyph = choices[int(random.integers(len(choices)))]
    lines, columns = np.nonzero(mask[glyph.top : glyph.bottom, glyph.left : glyph.right])
    if len(lines) < 30:
        return None
    pick = int(random.integers(len(lines)))
    start = np.array([glyph.left + columns[pick], glyph.top + lines[pick]], np.float64)
    size = glyph.bottom - glyph.top
    angle, length = random.uniform(0, 2 * np.pi), size * random.uniform(0.35, 0.75)
    middle = start + 0.5 * length * np.array([np.cos(angle), np.sin(angle)]) + random.normal(0, 0.12 * size, 2)
    end = start + length * np.array([np.cos(angle), np.sin(angle)])
    ink, field = tones(row)
    erase = random.random() < 0.45
    canvas = np.zeros(row.pixels.shape, np.float32)
    points = (np.array([start, middle, end]) * 16).astype(np.int32)
    thickness = max(2, int(size * (random.uniform(0.2, 0.4) if erase else random.uniform(0.09, 0.18))))
    cv2.polylines(canvas, [points], False, 1.0, thickness, cv2.LINE_AA, 4)
    changed = float((canvas[mask] > 0.5).sum()) if erase else float(((canvas > 0.5) & ~mask).sum())
    if changed < 0.12 * len(lines):
        return None
    tone = field + random.normal(0, 10) if erase else ink + random.normal(0, 12)
    return blend(row.pixels, canvas, tone, random.uniform(0.3, 1.1))


def altered(row: CutRow, random: np.random.Generator) -> np.ndarray | None:
    """The row with something painted on its characters, or None where dice and row do not fit."""
    ways: tuple[Callable[[CutRow, np.random.Generator], np.ndarray | None], ...] = (painted_dots, stroke, painted_zero)
    for _ in range(TRIES):
        pixels = ways[int(random.choice([0, 0, 0, 0, 1, 2]))](row, random)
        if pixels is not None:
            return pixels
    return None


def patch(shape: tuple[int, int], area: tuple[float, float, float, float], random: np.random.Generator) -> np.ndarray:
    """A slanted rectangle, an ellipse or a blob over the area (left, top, right, bottom)."""
    left, top, right, bottom = area
    canvas = np.zeros(shape, np.float32)
    centre, size = ((left + right) / 2, (top + bottom) / 2), (right - left, bottom - top)
    dice = random.random()
    if dice < 0.55:
        box = cv2.boxPoints((centre, size, random.normal(0, 7)))
        cv2.fillPoly(canvas, [(box * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    elif dice < 0.75:
        axes = (int(size[0] * 0.6 * 16), int(size[1] * 0.6 * 16))
        cv2.ellipse(canvas, (int(centre[0] * 16), int(centre[1] * 16)), axes, random.normal(0, 15), 0, 360, 1.0, -1, cv2.LINE_AA, 4)
    else:
        angles = np.sort(random.uniform(0, 2 * np.pi, 11))
        reach = random.uniform(0.45, 0.75, 11)
        points = np.stack([centre[0] + np.cos(angles) * reach * size[0], centre[1] + np.sin(angles) * reach * size[1]], 1)
        cv2.fillPoly(canvas, [(points * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return canvas


def covering(row: CutRow, random: np.random.Generator) -> np.ndarray:
    """Where something lies on the row: over one to three characters, along it, or in from an end."""
    height, width = row.pixels.shape
    dice = random.random()
    if dice < 0.65:
        first = int(random.integers(len(row.text)))
        last = min(len(row.text), first + int(random.choice([1, 1, 1, 2, 3])))
        left, right = row.cuts[first], row.cuts[last]
        reach = random.normal(0.0, 0.12, 2) * (right - left)
        top, bottom = height * random.uniform(0.05, 0.3), height * random.uniform(0.7, 0.98)
        return patch(row.pixels.shape, (left + reach[0], top, right + reach[1], bottom), random)
    if dice < 0.82:
        middle, half = height * random.uniform(0.3, 0.75), height * random.uniform(0.12, 0.3)
        span = (width * random.uniform(-0.1, 0.4), width * random.uniform(0.6, 1.1))
        return patch(row.pixels.shape, (span[0], middle - half, span[1], middle + half), random)
    share = random.uniform(0.2, 0.45)
    area = (-20, -20, width * share, height + 20) if random.random() < 0.5 else (width * (1 - share), -20, width + 20, height + 20)
    return patch(row.pixels.shape, area, random)


def laid_on(row: CutRow, cover: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The row with tape, mud, metal, glare or a smear where `cover` is."""
    ink, field = tones(row)
    height, width = row.pixels.shape
    dice = random.random()
    if dice < 0.1:
        return blend(row.pixels, cover, 255.0, random.uniform(3.0, 8.0))
    if dice < 0.2:
        smeared = cv2.GaussianBlur(row.pixels, (0, 0), random.uniform(9.0, 16.0)).astype(np.float32)
        return blend(row.pixels, cover, smeared, random.uniform(0.5, 3.0))
    tone = field + random.normal(0, 8) if dice < 0.5 else (ink if dice < 0.65 else random.uniform(0, 255))
    surface = np.full((height, width), tone, np.float32)
    surface += np.linspace(random.normal(0, 14), random.normal(0, 14), width, dtype=np.float32)[None]
    surface += np.linspace(random.normal(0, 14), random.normal(0, 14), height, dtype=np.float32)[:, None]
    if random.random() < 0.5:
        grain = random.normal(0, random.uniform(2, 22), (height // 4, width // 4)).astype(np.float32)
        surface += cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)
    return blend(row.pixels, cover, surface, random.uniform(0.3, 1.6))


def hidden_share(row: CutRow, cover: np.ndarray) -> float:
    """The share of ink that is covered, of the character that suffers most."""
    mask = ink_mask(row)
    shares = [0.0]
    for glyph in glyphs(row, mask):
        part = np.s_[glyph.top : glyph.bottom, glyph.left : glyph.right]
        ink = float(mask[part].sum())
        shares.append(float((cover[part][mask[part]] > 0.5).sum()) / max(ink, 1.0))
    return max(shares)


def hidden(row: CutRow, random: np.random.Generator) -> np.ndarray | None:
    """The row with at least one character hidden by half."""
    for _ in range(TRIES):
        cover = covering(row, random)
        if hidden_share(row, cover) >= HIDDEN_SHARE:
            return laid_on(row, cover, random)
    return None


def harmless(row: CutRow, random: np.random.Generator) -> np.ndarray:
    """The row with bolts, specks and stickers that leave its characters plain to see."""
    pixels, shape = row.pixels, row.pixels.shape
    near = cv2.dilate(ink_mask(row).astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    changed = pixels
    for _ in range(TRIES):
        centre = (random.uniform(0, shape[1]), random.uniform(0, shape[0]))
        if random.random() < 0.5:
            spot = dots(shape, centre, shape[0] * random.uniform(0.015, 0.07), 1, random)
        else:
            half = (shape[1] * random.uniform(0.02, 0.12), shape[0] * random.uniform(0.04, 0.2))
            spot = patch(shape, (centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1]), random)
        if (spot[near] > 0.5).any() and hidden_share(row, spot) > 0.0:
            continue
        changed = blend(changed, spot, random.uniform(0, 255), random.uniform(0.3, 1.5))
        if random.random() < 0.5:
            break
    return changed
