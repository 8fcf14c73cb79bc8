"""Temperature and automatic-issue floor from plates that a reader has not seen.

    python train_read.py --cache CACHE --out HELD --fold all --egypt-fold 0
    python calibrate.py --cache CACHE --read HELD --egypt-fold 0

The boxes are moved as a locator moves them. The temperature is the one under which the stated confidences explain best
which reads are exact (log loss); the floor is the lowest confidence above which at most WRONG_SHARE of the reads are wrong.
The numbers go into plate_config.yaml by hand, so that a change shows in the history.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

import runs
from config import ReadContract, load
from decode import read
from model import Reader
from plates import ROWS_OF
from preprocess import normalised, row_pixels
from rows import Plate, jittered, load_plates

TEMPERATURES = (0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0)
WRONG_SHARE = 0.002
JITTERS = 3


def scores_of(net: Reader, plate: Plate, contract: ReadContract, random: np.random.Generator) -> list[np.ndarray]:
    """Raw scores of the plate's rows at a box that is a little off."""
    box = jittered(plate.box, random, 0.7)
    rows = [row_pixels(plate.picture, box, getattr(contract.rows, row), contract.input) for row in ROWS_OF[plate.jurisdiction]]
    with torch.no_grad():
        return [row.numpy() for row in net(torch.from_numpy(normalised(np.stack(rows), contract.input))[:, None])]


def floor_of(confidences: np.ndarray, exact: np.ndarray) -> float:
    """The lowest confidence above which at most WRONG_SHARE of the reads are wrong."""
    order = np.argsort(-confidences)
    wrong = np.cumsum(~exact[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(wrong <= WRONG_SHARE)
    return float(confidences[order[allowed[-1]]]) if len(allowed) else 1.0


def calibration_error(confidences: np.ndarray, exact: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((confidences * 10).astype(int), 9)
    gaps = [abs(confidences[bins == b].mean() - exact[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())]
    return float(sum(gaps))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--egypt-fold", type=int, required=True)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("plate_config.yaml"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    contract = load(arguments.config).read
    net = Reader(contract).eval()
    runs.restore(net, arguments.read)
    plates = [plate for plate in load_plates(arguments.cache, "egypt/train") if plate.fold == arguments.egypt_fold]
    random = np.random.default_rng(7)
    seen = [(plate, scores_of(net, plate, contract, random)) for plate in plates for _ in range(JITTERS)]
    for temperature in TEMPERATURES:
        at = contract.model_copy(update={"temperature": temperature})
        texts = [read(scores, plate.jurisdiction, at) for plate, scores in seen]
        pairs = zip(texts, seen, strict=True)
        exact = np.array([(text.letters, text.digits) == (plate.letters, plate.digits) for text, (plate, _) in pairs])
        confidences = np.array([text.confidence for text in texts]).clip(1e-6, 1 - 1e-6)
        loss = -float(np.where(exact, np.log(confidences), np.log(1 - confidences)).mean())
        floor = floor_of(confidences, exact)
        print(
            f"temperature {temperature}: log loss {loss:.4f}, calibration error {calibration_error(confidences, exact):.4f},"
            f" exact {exact.mean():.4f} of {len(exact)}, floor {floor:.4f} covers {(confidences >= floor).mean():.4f}"
        )


if __name__ == "__main__":
    main()
