"""Samples of what speaks against a row: rows as they are, altered, hidden, and rows that are none of ours.

What was changed comes with its twin that was not, seen by the same optics, so that the change is all there is to learn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import IterableDataset

from contract.config import ReadContract, RowName
from contract.plates import ROWS_OF
from contract.preprocess import Box
from prepare import alter, drawn, foreign
from prepare.index import small_picture
from prepare.recombine import CutRow, Recombiner
from prepare.rows import Plate, drawn_plate, mixed_sample, opened, row_sample
from prepare.twins import DrawnPair, Twins, changed_steps, drawn_twins, load_pairs, step_weights, strangers

# Shares of the draws: rows as they are, with harmless spots, photographs altered or hidden in part and their twins, drawn
# plates changed by `rasid synth` and their twins; the rest is no row of ours.
REGULAR_SHARE, HARMLESS_SHARE, ALTERED_SHARE, HIDDEN_SHARE, DRAWN_PAIR_SHARE = 0.26, 0.16, 0.26, 0.05, 0.16
SAUDI_SHARE = 0.45
# What optics do to a row whose dots are to be seen.
SHARP_BLUR = 0.5
SHARP_SHARE = 0.5
RECOMBINED_SHARE = 0.35
DRAWN_SHARE = 0.25
SUSPICIONS = ("altered", "hidden", "other")
# Boxes for what is no plate: width in shares of the picture's, width over height.
BESIDE_WIDTH = (0.06, 0.5)
BESIDE_RATIO = (1.3, 4.5)


@dataclass(frozen=True)
class Judged:
    """A row in bytes with what is to be said of it and how much each saying counts, as a whole (3) and at each step for
    the first two (2 x steps); fold as everywhere."""

    pixels: np.ndarray
    answer: tuple[float, ...]
    weight: tuple[float, ...]
    step_answer: np.ndarray
    step_weight: np.ndarray
    fold: int


@dataclass(frozen=True)
class Beside:
    """A small picture and its plates' boxes, to cut out what is no plate."""

    pixels: np.ndarray
    boxes: tuple[Box, ...]
    fold: int


@dataclass(frozen=True)
class Material:
    """What samples of one country are made of."""

    plates: list[Plate]
    cut_rows: dict[int, list[CutRow]]
    recombiners: dict[int, Recombiner]


def load_beside(cache: Path, names: tuple[str, ...]) -> list[Beside]:
    """The small pictures of some sets."""
    found = []
    for line in (cache / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] in names:
            pixels = small_picture(cache, row)
            found.append(Beside(pixels, tuple(tuple(plate["box"]) for plate in row["plates"]), row["fold"]))
    return found


def beside_plate(pictures: list[Beside], random: np.random.Generator) -> Plate:
    """A place in a picture that is no plate, as if the locator had been wrong."""
    while True:
        picture = pictures[int(random.integers(len(pictures)))]
        height, width = picture.pixels.shape[:2]
        wide = width * float(np.exp(random.uniform(*np.log(BESIDE_WIDTH))))
        tall = wide / random.uniform(*BESIDE_RATIO)
        x, y = random.uniform(0, width - wide), random.uniform(0, max(1.0, height - tall))
        apart = all(bx > x + wide or x > bx + bw or by > y + tall or y > by + bh for bx, by, bw, bh in picture.boxes)
        if apart and y + tall <= height:
            return Plate("beside", Image.fromarray(picture.pixels), (x, y, wide, tall), "EG", "", "", picture.fold)


def framed(face: Image.Image, random: np.random.Generator) -> Plate:
    """A drawing on a plain ground, as small as plates are in pictures."""
    margin = face.height // 4
    canvas = Image.new("RGB", (face.width + 2 * margin, face.height + 2 * margin), tuple(int(v) for v in random.integers(0, 256, 3)))
    canvas.paste(face, (margin, margin))
    scale = random.uniform(60, 200) / face.width
    small = canvas.resize((max(8, round(canvas.width * scale)), max(8, round(canvas.height * scale))), Image.Resampling.BILINEAR)
    box = (margin * scale, margin * scale, face.width * scale, face.height * scale)
    return Plate("drawn", small, box, "EG", "", "", -1)


class SuspicionStream(IterableDataset):
    """An endless stream of (row in bytes, answers, weights, answers by step, weights by step, fold)."""

    def __init__(
        self, materials: tuple[Material, Material], beside: list[Beside], synthesised: Path, contract: ReadContract, seed: int
    ) -> None:
        self.materials, self.beside, self.contract, self.seed = materials, beside, contract, seed
        self.pairs: list[DrawnPair] = load_pairs(synthesised)
        self.strangers = strangers(synthesised)
        self.drawn = drawn.Pool()

    def material(self, random: np.random.Generator) -> Material:
        """One country's."""
        return self.materials[int(random.random() < SAUDI_SHARE)]

    def cut_row(self, random: np.random.Generator) -> tuple[CutRow, int]:
        """A photographed row whose characters' places are known, as it is or recombined."""
        material = self.material(random)
        folds = sorted(material.cut_rows)
        fold = folds[int(random.integers(len(folds)))]
        rows = material.cut_rows[fold]
        row = rows[int(random.integers(len(rows)))]
        if random.random() < RECOMBINED_SHARE:
            row = material.recombiners[fold].mixed_row(random)
        return row, fold

    def twins(self, random: np.random.Generator, change: Callable[[CutRow, np.random.Generator], np.ndarray | None]) -> Twins:
        """A photographed row and the same row changed in one way so that it can be seen, both seen from the same place."""
        while True:
            row, fold = self.cut_row(random)
            pixels = change(row, random)
            if pixels is None:
                continue
            seed = int(random.integers(2**32))
            before, after = (
                mixed_sample(each, np.random.default_rng(seed), self.contract, SHARP_BLUR) for each in (row.pixels, pixels)
            )
            steps = changed_steps(before, after, self.contract.output.steps)
            if steps is not None:
                return Twins(before, after, steps, fold)

    def drawn_pair(self, random: np.random.Generator) -> tuple[Twins, int]:
        """A drawn row and its changed twin, and the number of the suspicion."""
        while True:
            pair = self.pairs[int(random.integers(len(self.pairs)))]
            twins = drawn_twins(pair, random, self.contract, SHARP_BLUR)
            if twins is not None:
                return twins, SUSPICIONS.index(pair.way)

    def regular(self, random: np.random.Generator) -> tuple[np.ndarray, int]:
        """A row as it is."""
        blur = SHARP_BLUR if random.random() < SHARP_SHARE else 1.0
        if random.random() < RECOMBINED_SHARE:
            row, fold = self.cut_row(random)
            return mixed_sample(row.pixels, random, self.contract, blur), fold
        if random.random() < DRAWN_SHARE:
            plate = drawn_plate(self.drawn.plate(random), random)
        else:
            plates = self.material(random).plates
            plate = plates[int(random.integers(len(plates)))]
        rows = ROWS_OF[plate.jurisdiction]
        return row_sample(plate, rows[int(random.integers(len(rows)))], random, self.contract, blur), plate.fold

    def harmless(self, random: np.random.Generator) -> tuple[np.ndarray, int]:
        """A row with bolts, specks and stickers beside its characters."""
        row, fold = self.cut_row(random)
        return mixed_sample(alter.harmless(row, random), random, self.contract, SHARP_BLUR), fold

    def other(self, random: np.random.Generator) -> tuple[np.ndarray, int]:
        """A row of a foreign plate, of a sign, of what is no plate, or of a plate cut as the other country's."""
        names: tuple[RowName, ...] = ("egypt", "saudi_arabic", "saudi_latin")
        dice = random.random()
        if dice < 0.3:
            plate = framed(foreign.foreign_plate(random), random)
        elif dice < 0.38:
            plate = framed(foreign.sign(random), random)
        elif dice < 0.58:
            path, box = self.strangers[int(random.integers(len(self.strangers)))]
            plate = opened(path, box, "EG")
        elif dice < 0.78:
            plate = beside_plate(self.beside, random)
        else:
            plates = self.materials[int(random.random() < 0.4)].plates
            plate = plates[int(random.integers(len(plates)))]
            names = ("egypt",) if plate.jurisdiction == "SA" else ("saudi_arabic",)
        return row_sample(plate, names[int(random.integers(len(names)))], random, self.contract), plate.fold

    def samples(self, random: np.random.Generator) -> Iterator[Judged]:
        """One row by chance, or two twins."""
        dice = random.random()
        if dice < REGULAR_SHARE:
            yield self.unsuspected(*self.regular(random))
        elif dice < REGULAR_SHARE + HARMLESS_SHARE:
            yield self.unsuspected(*self.harmless(random))
        elif dice < REGULAR_SHARE + HARMLESS_SHARE + ALTERED_SHARE:
            yield from self.judged(self.twins(random, alter.altered), SUSPICIONS.index("altered"))
        elif dice < REGULAR_SHARE + HARMLESS_SHARE + ALTERED_SHARE + HIDDEN_SHARE:
            yield from self.judged(self.twins(random, alter.hidden), SUSPICIONS.index("hidden"))
        elif dice < REGULAR_SHARE + HARMLESS_SHARE + ALTERED_SHARE + HIDDEN_SHARE + DRAWN_PAIR_SHARE:
            yield from self.judged(*self.drawn_pair(random))
        else:
            pixels, fold = self.other(random)
            nothing = np.zeros((2, self.contract.output.steps), np.float32)
            yield Judged(pixels, (0.0, 0.0, 1.0), (0.0, 0.0, 1.0), nothing, nothing, fold)

    def unsuspected(self, pixels: np.ndarray, fold: int) -> Judged:
        """A row against which nothing speaks, at no step."""
        shape = (2, self.contract.output.steps)
        return Judged(pixels, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), np.zeros(shape, np.float32), np.ones(shape, np.float32), fold)

    def judged(self, twins: Twins, suspicion: int) -> Iterator[Judged]:
        """Both twins; of the changed one nothing is said about the other way of changing rows."""
        yield self.unsuspected(twins.before, twins.fold)
        answer, weight = np.zeros(3, np.float32), np.array([0.0, 0.0, 1.0 if suspicion == 0 else 0.3], np.float32)
        answer[suspicion] = weight[suspicion] = 1.0
        steps, weights = (np.zeros((2, self.contract.output.steps), np.float32) for _ in range(2))
        steps[suspicion], weights[suspicion] = twins.steps, step_weights(twins.steps)
        yield Judged(twins.after, tuple(answer.tolist()), tuple(weight.tolist()), steps, weights, twins.fold)

    def __iter__(self) -> Iterator[tuple[torch.Tensor | int, ...]]:
        info = torch.utils.data.get_worker_info()
        random = np.random.default_rng([self.seed, info.id if info else 0])
        while True:
            for judged in self.samples(random):
                yield (
                    torch.from_numpy(judged.pixels)[None],
                    torch.tensor(judged.answer),
                    torch.tensor(judged.weight),
                    torch.from_numpy(judged.step_answer),
                    torch.from_numpy(judged.step_weight),
                    judged.fold,
                )
