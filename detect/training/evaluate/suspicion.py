"""What the reader suspects of rows that it has not seen: as they are, altered, hidden, and none of ours.

    python detect/training evaluate suspicion --cache CACHE --read RUN

Rows of egypt/dev, upright and as sharp as they are; alterations are painted by prepare/alter.py with another seed than in training.
For each kind: how many are suspected at some floors, and how many would still be issued automatically (sure, within the
grammar, nothing suspected at the floors of the config). The photographs of PAINTED are real: people painted those dots.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from contract.config import CONFIG_FILE, ReadContract, load
from contract.decode import align, log_softmax, read
from contract.plates import printed
from contract.preprocess import normalised, row_pixels
from prepare import alter, foreign
from prepare.recombine import MARGIN, CutRow, cuts_of, padded_row, wide
from prepare.rows import Plate, encode, jittered, load_plates, row_sample
from prepare.suspicions import SUSPICIONS, beside_plate, framed, load_beside
from train import runs
from train.model import Reader
from train.suspicion import PAINTED

SEED = 11
ROUNDS = 3
FOREIGN_ROWS = 300
FLOORS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True)
class Seen:
    """Scores of rows (rows x steps x classes) and chances of the three suspicions (rows x 3)."""

    scores: np.ndarray
    chances: np.ndarray


@torch.no_grad()
def look(net: Reader, rows: list[np.ndarray], contract: ReadContract) -> Seen:
    """The net's answer to rows of grey values."""
    values = torch.from_numpy(normalised(np.stack(rows), contract.input))[:, None]
    answers = [net(part) for part in values.split(64)]
    scores, suspicions = (torch.cat([answer[place] for answer in answers]) for place in (0, 1))
    return Seen(scores.numpy(), torch.sigmoid(suspicions).numpy())


def report(name: str, seen: Seen, contract: ReadContract) -> None:
    """One kind of row, read as Egyptian."""
    texts = [read([[scores]], "EG", contract) for scores in seen.scores]
    sure = np.array([text.confidence >= contract.automatic_issue_floor and text.regular("EG") for text in texts])
    floors = contract.suspicion_floors
    suspected = (seen.chances >= np.array([floors.altered, floors.hidden, floors.other])).any(axis=1)
    print(f"{name}: {len(texts)} rows, {sure.mean():.4f} sure, {int((sure & ~suspected).sum())} would be issued")
    for number, kind in enumerate(SUSPICIONS):
        shares = ", ".join(f"{(seen.chances[:, number] >= floor).mean():.3f}" for floor in FLOORS)
        print(f"    {kind} at {FLOORS}: {shares}", flush=True)


def cut_row(plate: Plate, scores: np.ndarray, contract: ReadContract) -> CutRow | None:
    """The plate's row with its characters' places."""
    text = printed("egypt", plate.letters, plate.digits)
    middles = align(log_softmax(scores, 1.0), encode(text, contract))
    if middles is None:
        return None
    pixels = padded_row(plate, wide(contract.rows.egypt), contract)
    return CutRow(pixels, "egypt", text, cuts_of(middles, pixels, contract))


def inner(pixels: np.ndarray, contract: ReadContract) -> np.ndarray:
    """A padded row without its margin, at the net's size."""
    height, width = pixels.shape
    across, down = round(width * MARGIN / (1 + 2 * MARGIN)), round(height * MARGIN / (1 + 2 * MARGIN))
    part = pixels[down : height - down, across : width - across]
    size = (contract.input.width_px, contract.input.height_px)
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIG_FILE)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    contract = load(arguments.config).read
    net = Reader(contract).eval()
    runs.restore(net, arguments.read)
    random = np.random.default_rng(SEED)
    plates = load_plates(arguments.cache, "egypt/dev")
    boxes = [jittered(plate.box, random, 0.6) for plate in plates]
    rows = [row_pixels(plate.picture, box, contract.rows.egypt, contract.input) for plate, box in zip(plates, boxes, strict=True)]
    regular = look(net, rows, contract)
    report("as they are", regular, contract)
    cut = [row for plate, scores in zip(plates, regular.scores, strict=True) if (row := cut_row(plate, scores, contract)) is not None]
    ways: dict[str, Callable[[CutRow, np.random.Generator], np.ndarray | None]] = {
        "harmless spots": alter.harmless, "painted dots": alter.painted_dots, "painted zero": alter.painted_zero,
        "painted or erased stroke": alter.stroke, "hidden": alter.hidden,
    }
    for name, way in ways.items():
        changed = [inner(pixels, contract) for _ in range(ROUNDS) for row in cut if (pixels := way(row, random)) is not None]
        report(name, look(net, changed, contract), contract)
    beside = load_beside(arguments.cache, ("egypt/dev",))
    strange = [framed(foreign.foreign_plate(random), random) for _ in range(FOREIGN_ROWS)]
    nothing = [beside_plate(beside, random) for _ in range(FOREIGN_ROWS)]
    for name, things in (("foreign plates, drawn", strange), ("no plates", nothing)):
        rows = [row_sample(thing, "egypt", random, contract, 0.5).astype(np.float32) for thing in things]
        report(name, look(net, rows, contract), contract)
    painted = [plate for plate in load_plates(arguments.cache, "egypt/train") if Path(plate.name).name.startswith(PAINTED)]
    seen = look(net, [row_pixels(plate.picture, plate.box, contract.rows.egypt, contract.input) for plate in painted], contract)
    report("photographs of a plate with a painted dot", seen, contract)
    print(f"    altered: {seen.chances[:, 0].round(3).tolist()}")
