"""Rows with and without what was done to them, seen in the same way: where the two differ is where the net is to look.

The second source besides alter.py is `rasid synth`: the same seed draws the same plates under every condition, and its labels
say which characters were tampered with and which cannot be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from contract.config import Jurisdiction, ReadContract, RowName
from contract.plates import ROWS_OF
from prepare.rows import opened, row_sample, synth_labels

# Grey levels by which a place must differ from its twin, after a blur against noise, and how many pixels must.
DIFFERENCE = 22.0
DIFFERENT_PIXELS = 6
# Columns beside a changed one say nothing for certain: a net's step sees them too.
UNSURE_STEPS = 1
Way = Literal["altered", "hidden"]


@dataclass(frozen=True)
class Twins:
    """A row as it is and after a change, in bytes, and which of the net's steps the change lies in."""

    before: np.ndarray
    after: np.ndarray
    steps: np.ndarray
    fold: int


@dataclass(frozen=True)
class DrawnPair:
    """The same drawn plate twice, and the rows that were changed in the second picture in a way a camera can see."""

    before: Path
    after: Path
    box_before: tuple[float, float, float, float]
    box_after: tuple[float, float, float, float]
    jurisdiction: Jurisdiction
    rows: tuple[RowName, ...]
    way: Way


def changed_steps(before: np.ndarray, after: np.ndarray, steps: int) -> np.ndarray | None:
    """The steps in which two rows differ (steps, true or false), or None where nothing is to be seen."""
    apart = np.abs(cv2.blur(after.astype(np.float32), (3, 3)) - cv2.blur(before.astype(np.float32), (3, 3))) > DIFFERENCE
    if apart.sum() < DIFFERENT_PIXELS:
        return None
    return apart.reshape(apart.shape[0], steps, -1).sum(axis=(0, 2)) >= 2


def step_weights(steps: np.ndarray) -> np.ndarray:
    """1 where it is plain what a step shows, 0 beside a change."""
    near = np.convolve(steps.astype(np.float32), np.ones(2 * UNSURE_STEPS + 1, np.float32), "same") > 0
    return np.where(near & ~steps, 0.0, 1.0).astype(np.float32)


def load_pairs(folder: Path) -> list[DrawnPair]:
    """The pairs of `folder`/regular with `folder`/tampered and `folder`/occluded that show the same plate at the same size."""
    pairs = []
    regular = synth_labels(folder / "regular")
    ways: tuple[tuple[str, Way], ...] = (("tampered", "altered"), ("occluded", "hidden"))
    for condition, way in ways:
        for before, after in zip(regular, synth_labels(folder / condition), strict=True):
            old, new = before["plates"][0], after["plates"][0]
            # Two rows printed to disagree are no mark of paint; the rows themselves tell.
            if old["box"][2:] != new["box"][2:] or "other_latin_letter" in new["details"]:
                continue
            rows = tuple(row for row in ROWS_OF[new["jurisdiction"]] if is_changed(new, row, way))
            if rows:
                paths = (folder / "regular" / before["image"], folder / condition / after["image"])
                pairs.append(DrawnPair(*paths, tuple(old["box"]), tuple(new["box"]), new["jurisdiction"], rows, way))
    return pairs


def is_changed(plate: dict[str, Any], row: RowName, way: Way) -> bool:
    """Whether a character of the row was tampered with, or cannot be seen."""
    script = "latin" if row == "saudi_latin" else "arabic"
    own = [character for character in plate["characters"] if character["row"] == script]
    if way == "altered":
        return any(character.get("altered", False) for character in own)
    return any(not character["visible"] for character in own)


def drawn_twins(pair: DrawnPair, random: np.random.Generator, contract: ReadContract, blur: float) -> Twins | None:
    """One changed row of a drawn pair, both seen by the same optics; None where the change cannot be seen."""
    row = pair.rows[int(random.integers(len(pair.rows)))]
    seed = int(random.integers(2**32))
    seen = []
    for path, box in ((pair.before, pair.box_before), (pair.after, pair.box_after)):
        seen.append(row_sample(opened(path, box, pair.jurisdiction), row, np.random.default_rng(seed), contract, blur))
    steps = changed_steps(seen[0], seen[1], contract.output.steps)
    return None if steps is None else Twins(seen[0], seen[1], steps, -1)


def strangers(folder: Path) -> list[tuple[Path, tuple[float, float, float, float]]]:
    """Pictures and boxes of the drawn plates of other countries, and of what is no plate."""
    found = []
    for condition, key in (("foreign", "plates"), ("fake", "fakes")):
        for entry in synth_labels(folder / condition):
            found += [(folder / condition / entry["image"], tuple(thing["box"])) for thing in entry[key]]
    return found
