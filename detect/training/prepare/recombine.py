"""New rows from photographs: characters of some plates put into the places of others' characters.

    python detect/training prepare recombine --cache CACHE --model detect/models/read.onnx

A few hundred plates hold few of the possible letter combinations, and a net learns those by heart. This aligns every
labelled row with a trained reader and writes the cuts between its characters to CACHE/cuts.jsonl; RowStream then mixes.
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from contract.config import CONFIG_FILE, Extent, ReadContract, RowName, load
from contract.decode import align, log_softmax
from contract.plates import ARABIC_DIGITS, ROWS_OF, printed
from contract.preprocess import normalised, row_pixels
from prepare.rows import MIXED_SCALE, Plate, encode, load_plates

# Rows are kept at twice the net's size with a margin (share of the size) for jitter and turning.
MARGIN = 0.15
SCALE = MIXED_SCALE


@dataclass(frozen=True)
class CutRow:
    """A row in grey with a margin, its text, and the cuts around its characters in pixels."""

    pixels: np.ndarray
    row: RowName
    text: str
    cuts: tuple[float, ...]


def wide(extent: Extent) -> Extent:
    """The extent with the margin."""
    across, down = MARGIN * (extent.right - extent.left), MARGIN * (extent.bottom - extent.top)
    return Extent(left=extent.left - across, top=extent.top - down, right=extent.right + across, bottom=extent.bottom + down)


def padded_row(plate: Plate, extent: Extent, contract: ReadContract) -> np.ndarray:
    """The row with its margin; where the crop ends, its border goes on."""
    room = round(0.6 * max(plate.picture.size))
    pixels = cv2.copyMakeBorder(np.asarray(plate.picture), room, room, room, room, cv2.BORDER_REPLICATE)
    x, y, width, height = plate.box
    left, top = x + room + extent.left * width, y + room + extent.top * height
    right, bottom = x + room + extent.right * width, y + room + extent.bottom * height
    wider = SCALE * (1 + 2 * MARGIN)
    size = (round(contract.input.width_px * wider), round(contract.input.height_px * wider))
    part = Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    return np.asarray(part)


def cuts_of(middles: list[float], pixels: np.ndarray, contract: ReadContract) -> tuple[float, ...]:
    """Cuts between characters at the lightest column near the middle between them."""
    width = contract.input.width_px * SCALE
    columns = [width * (MARGIN + (middle + 0.5) / contract.output.steps) for middle in middles]
    lightness = cv2.blur(pixels, (3, 1))[int(pixels.shape[0] * 0.25) : int(pixels.shape[0] * 0.8)].mean(axis=0)
    cuts = []
    for left, right in itertools.pairwise(columns):
        centre, reach = (left + right) / 2, max(1.0, (right - left) * 0.22)
        low, high = int(centre - reach), int(centre + reach) + 1
        cuts.append(float(low + int(lightness[low:high].argmax())))
    if not cuts:
        return (columns[0] - width * 0.07, columns[0] + width * 0.07)
    first, last = 2 * columns[0] - cuts[0], 2 * columns[-1] - cuts[-1]
    if len(cuts) > 1:
        # The first character's step lies left of its middle: take the width of the second.
        first = min(first, cuts[0] - (cuts[1] - cuts[0]))
    return (max(first, columns[0] - width * 0.09), *cuts, min(last, columns[-1] + width * 0.09))


def load_cut_rows(cache: Path, plates: list[Plate], contract: ReadContract) -> list[CutRow]:
    """The rows of `plates` whose cuts are known."""
    known: dict[tuple[str, str], tuple[float, ...]] = {}
    for line in (cache / "cuts.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        known[entry["crop"], entry["row"]] = tuple(entry["cuts"])
    rows = []
    for plate in plates:
        for row in ROWS_OF[plate.jurisdiction]:
            if (plate.name, row) in known:
                pixels = padded_row(plate, wide(getattr(contract.rows, row)), contract)
                rows.append(CutRow(pixels, row, printed(row, plate.letters, plate.digits), known[plate.name, row]))
    return rows


class Recombiner:
    """Characters of many rows, by row and by kind."""

    def __init__(self, rows: list[CutRow]) -> None:
        self.rows = rows
        self.pools: dict[tuple[str, bool], dict[str, list[tuple[CutRow, int]]]] = {}
        for row in rows:
            for place, character in enumerate(row.text):
                pool = self.pools.setdefault((row.row, is_digit(character)), {})
                pool.setdefault(character, []).append((row, place))

    def mixed(self, random: np.random.Generator) -> tuple[np.ndarray, RowName, str]:
        """Pixels, kind and text of `mixed_row`."""
        row = self.mixed_row(random)
        return row.pixels, row.row, row.text

    def mixed_row(self, random: np.random.Generator) -> CutRow:
        """A row in which about two of three characters come from elsewhere; every character is as likely as any other."""
        base = self.rows[int(random.integers(len(self.rows)))]
        pixels, text = base.pixels.copy(), list(base.text)
        for place, character in enumerate(base.text):
            if random.random() < 0.35:
                continue
            pool = self.pools[base.row, is_digit(character)]
            choices = sorted(pool)
            chosen = choices[int(random.integers(len(choices)))]
            donor, index = pool[chosen][int(random.integers(len(pool[chosen])))]
            left, right = round(base.cuts[place]), round(base.cuts[place + 1])
            glyph = donor.pixels[:, max(0, round(donor.cuts[index])) : round(donor.cuts[index + 1])]
            ratio = (right - left) / max(glyph.shape[1], 1)
            if left < 0 or right > pixels.shape[1] or right - left < 6 or not 0.45 < ratio < 2.2:
                continue
            glyph = cv2.resize(glyph, (right - left, glyph.shape[0]), interpolation=cv2.INTER_LINEAR)
            pixels[:, left:right] = matched(glyph, base.pixels[:, left:right])
            text[place] = chosen
        return CutRow(pixels, base.row, "".join(text), base.cuts)


def is_digit(character: str) -> bool:
    """Whether it is a digit of either script."""
    return (character.isascii() and character.isdigit()) or character in ARABIC_DIGITS


def matched(glyph: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The glyph with the dark and light of the place it goes to."""
    dark, light = np.quantile(glyph, [0.08, 0.85])
    new_dark, new_light = np.quantile(place, [0.08, 0.85])
    gain = np.clip((new_light - new_dark) / max(light - dark, 8.0), 0.3, 3.0)
    return ((glyph.astype(np.float32) - light) * gain + new_light).clip(0, 255).astype(np.uint8)


def main() -> None:
    """Command line."""
    import onnxruntime

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="an exported reader; it only says where known characters lie")
    parser.add_argument("--config", type=Path, default=CONFIG_FILE)
    arguments = parser.parse_args()
    contract = load(arguments.config).read
    net = onnxruntime.InferenceSession(str(arguments.model), providers=["CPUExecutionProvider"])
    written = 0
    with (arguments.cache / "cuts.jsonl").open("w", encoding="utf-8") as file:
        for plate in load_plates(arguments.cache, "egypt/train") + load_plates(arguments.cache, "saudi/dev"):
            for row in ROWS_OF[plate.jurisdiction]:
                extent = getattr(contract.rows, row)
                values = normalised(row_pixels(plate.picture, plate.box, extent, contract.input), contract.input)
                scores = net.run(None, {contract.input.name: values[None, None]})[0][0]
                text = printed(row, plate.letters, plate.digits)
                middles = align(log_softmax(scores, 1.0), encode(text, contract))
                if middles is None:
                    continue
                cuts = cuts_of(middles, padded_row(plate, wide(extent), contract), contract)
                file.write(json.dumps({"crop": plate.name, "row": row, "cuts": [round(cut, 1) for cut in cuts]}) + "\n")
                written += 1
    print(f"{written} rows cut")
