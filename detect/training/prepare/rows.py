"""Samples for the reader: one row of a plate with its text, from photographs, recombined photographs and drawings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import IterableDataset

from contract.config import Extent, Jurisdiction, ReadContract, RowName
from contract.plates import ROWS_OF, printed
from contract.preprocess import Box, row_box, row_pixels
from prepare import augment, drawn

# Recombined rows come at twice the net's size.
MIXED_SCALE = 2
# How many Saudi rows are drawn; the others are photographed.
DRAWN_SHARE = 0.3
# How many rows of either country were drawn by `rasid synth`, where there are such.
SYNTHESISED_SHARE = 0.18


@dataclass(frozen=True)
class Plate:
    """A labelled plate in a crop that has room around it."""

    name: str
    picture: Image.Image
    box: Box
    jurisdiction: Jurisdiction
    letters: str
    digits: str
    fold: int


def load_plates(cache: Path, name: str) -> list[Plate]:
    """All plates with text of one set."""
    plates = []
    for line in (cache / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] != name:
            continue
        for plate in row["plates"]:
            if "crop" in plate:
                picture = Image.open(cache / plate["crop"]).convert("RGB")
                box = tuple(plate["crop_box"])
                plates.append(Plate(plate["crop"], picture, box, plate["jurisdiction"], plate["letters"], plate["digits"], plate["fold"]))
    return plates


def encode(text: str, contract: ReadContract) -> list[int]:
    """Class numbers; class 0 is the blank."""
    return [contract.alphabet.index(character) + 1 for character in text]


def jittered(box: Box, random: np.random.Generator, strength: float) -> Box:
    """The box as a locator might give it."""
    x, y, width, height = box
    left, right = random.normal(0.0, 0.03 * strength, 2).clip(-0.1, 0.1) * width
    top, bottom = random.normal(0.0, 0.045 * strength, 2).clip(-0.14, 0.14) * height
    return x + left, y + top, width + right - left, height + bottom - top


def warped(picture: Image.Image, part: Box, random: np.random.Generator, contract: ReadContract) -> np.ndarray:
    """The part of the picture seen from elsewhere: rotated, sheared and in perspective, in grey."""
    left, top, right, bottom = part
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    centre = corners.mean(axis=0)
    angle = np.deg2rad(random.normal(0.0, 3.5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    shear = np.array([[1.0, random.normal(0.0, 0.12)], [random.normal(0.0, 0.03), 1.0]], np.float32)
    corners = (corners - centre) @ (turn @ shear).T + centre
    span = np.array([right - left, bottom - top], np.float32)
    corners = corners + (random.uniform(-0.035, 0.035, (4, 2)) * span).astype(np.float32)
    width, height = contract.input.width_px * 2, contract.input.height_px * 2
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    grey = np.asarray(picture.convert("L"))
    large = cv2.warpPerspective(grey, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(large, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def row_sample(plate: Plate, row: RowName, random: np.random.Generator, contract: ReadContract, blur: float = 1.0) -> np.ndarray:
    """One augmented row, in bytes; `blur` scales what optics do to it."""
    extent: Extent = getattr(contract.rows, row)
    box = jittered(plate.box, random, 1.3 if random.random() < 0.5 else 0.6)
    if random.random() < 0.25:
        pixels = row_pixels(plate.picture, box, extent, contract.input).astype(np.uint8)
    else:
        pixels = warped(plate.picture, row_box(box, extent, plate.picture.size), random, contract)
    return augment.optics(augment.light(augment.colours(pixels, random), random), random, blur)


def drawn_plate(plate: drawn.DrawnPlate, random: np.random.Generator) -> Plate:
    """A drawn Saudi plate on a plain ground, as small as real ones are."""
    face = plate.picture
    ground = tuple(int(value) for value in random.integers(0, 256, 3))
    margin = face.height // 4
    canvas = Image.new("RGB", (face.width + 2 * margin, face.height + 2 * margin), ground)
    canvas.paste(face, (margin, margin))
    scale = random.uniform(55, 170) / face.width * (1.6 if face.width > 3 * face.height else 1.0)
    size = (round(canvas.width * scale), round(canvas.height * scale))
    small = canvas.resize(size, Image.Resampling.BILINEAR)
    box = (margin * scale, margin * scale, face.width * scale, face.height * scale)
    return Plate("drawn", small, box, "SA", plate.letters, plate.digits, -1)


def mixed_sample(pixels: np.ndarray, random: np.random.Generator, contract: ReadContract, blur: float = 1.0) -> np.ndarray:
    """A recombined row, which has a margin of its own, seen from elsewhere."""
    height, width = pixels.shape
    inner_width, inner_height = contract.input.width_px * MIXED_SCALE, contract.input.height_px * MIXED_SCALE
    left, top = (width - inner_width) / 2, (height - inner_height) / 2
    box = jittered((left, top, inner_width, inner_height), random, 0.9)
    part = (box[0], box[1], box[0] + box[2], box[1] + box[3])
    seen = warped(Image.fromarray(pixels), part, random, contract)
    return augment.optics(augment.light(augment.colours(seen, random), random), random, blur)


class Mixer(Protocol):
    """Gives recombined rows; see recombine.py."""

    def mixed(self, random: np.random.Generator) -> tuple[np.ndarray, RowName, str]: ...


@dataclass(frozen=True)
class Source:
    """The photographed plates of a country, and by fold what makes new rows of them (nothing before `prepare recombine` ran)."""

    plates: list[Plate]
    mixers: dict[int, Mixer]


@dataclass(frozen=True)
class DrawnLabel:
    """A plate that `rasid synth` drew, still in its file."""

    path: Path
    box: Box
    jurisdiction: Jurisdiction
    letters: str
    digits: str

    def plate(self) -> Plate:
        """The plate with its picture."""
        return opened(self.path, self.box, self.jurisdiction, self.letters, self.digits)


def opened(path: Path, box: Box, jurisdiction: Jurisdiction, letters: str = "", digits: str = "") -> Plate:
    """A drawn plate out of its file."""
    with Image.open(path) as picture:
        return Plate("drawn", picture.convert("RGB"), box, jurisdiction, letters, digits, -1)


def synth_labels(folder: Path) -> list[dict[str, Any]]:
    """The labels of a folder of `rasid synth`, in the order of its pictures."""
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()]


def synthesised(folder: Path) -> list[DrawnLabel]:
    """The regular plates of a folder of `rasid synth`."""
    drawn_labels = []
    for entry in synth_labels(folder / "regular"):
        for plate in entry["plates"]:
            path = folder / "regular" / entry["image"]
            drawn_labels.append(DrawnLabel(path, tuple(plate["box"]), plate["jurisdiction"], plate["letters"], plate["digits"]))
    return drawn_labels


class RowStream(IterableDataset):
    """An endless stream of (row in bytes, classes, fold); the shares say how often each source is drawn from."""

    def __init__(
        self, egypt: Source, saudi: Source, drawn_by_rasid: list[DrawnLabel], contract: ReadContract, seed: int, shares: tuple[float, float]
    ) -> None:
        self.egypt, self.saudi, self.contract, self.seed = egypt, saudi, contract, seed
        self.drawn_by_rasid = drawn_by_rasid
        self.saudi_share, self.mixed_share = shares
        self.drawn = drawn.Pool()

    def sample(self, random: np.random.Generator) -> tuple[np.ndarray, str, int]:
        """An augmented row in bytes, its text, and the fold of the plates it shows (-1: drawn)."""
        if self.drawn_by_rasid and random.random() < SYNTHESISED_SHARE:
            return self.whole_plate(self.drawn_by_rasid[int(random.integers(len(self.drawn_by_rasid)))].plate(), random)
        is_saudi = random.random() < self.saudi_share
        source = self.saudi if is_saudi else self.egypt
        if is_saudi and random.random() < DRAWN_SHARE:
            plate = drawn_plate(self.drawn.plate(random), random)
        elif source.mixers and random.random() < self.mixed_share:
            fold = sorted(source.mixers)[int(random.integers(len(source.mixers)))]
            pixels, _, text = source.mixers[fold].mixed(random)
            return mixed_sample(pixels, random, self.contract), text, fold
        else:
            plate = source.plates[int(random.integers(len(source.plates)))]
        return self.whole_plate(plate, random)

    def whole_plate(self, plate: Plate, random: np.random.Generator) -> tuple[np.ndarray, str, int]:
        """A row of a plate that is one picture."""
        rows = ROWS_OF[plate.jurisdiction]
        row = rows[int(random.integers(len(rows)))]
        return row_sample(plate, row, random, self.contract), printed(row, plate.letters, plate.digits), plate.fold

    def __iter__(self) -> Iterator[tuple[torch.Tensor | int, ...]]:
        info = torch.utils.data.get_worker_info()
        random = np.random.default_rng([self.seed, info.id if info else 0])
        while True:
            pixels, text, fold = self.sample(random)
            yield torch.from_numpy(pixels)[None], torch.tensor(encode(text, self.contract)), fold


def collate(samples: list[tuple[torch.Tensor, torch.Tensor, int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows, classes (each text padded with blanks), the length of each text, and folds."""
    rows, classes, folds = zip(*samples, strict=True)
    lengths = torch.tensor([len(text) for text in classes])
    return torch.stack(rows), torch.nn.utils.rnn.pad_sequence(list(classes), batch_first=True), lengths, torch.tensor(folds)
