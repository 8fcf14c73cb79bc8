"""Temperatures and automatic-issue floor, chosen on plates that the net which reads them has not seen.

    python detect/training evaluate calibrate --cache CACHE --read RUN          each fold by RUN-fold0 to RUN-fold4

Prints for each temperature the log loss and the calibration error, and the lowest confidence above which at most WRONG_SHARE
of the reads are wrong. The numbers go into plate_config.yaml by hand, so that a change shows in the history.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from contract.config import CONFIG_FILE, Jurisdiction, Look, ReadContract, Temperatures, load
from contract.decode import FIRST_LOOK, PlateText, RowsSeen, looked_at
from contract.plates import ROWS_OF
from contract.preprocess import normalised, row_pixels
from prepare.index import FOLDS
from prepare.rows import Plate, jittered, load_plates
from train import runs
from train.model import Reader

TEMPERATURES = (0.7, 0.85, 1.0, 1.1, 1.2, 1.4, 1.7, 2.0)
WRONG_SHARE = 0.002
JITTERS = 2
# A plate's rows by the look at them.
SeenRows = dict[Look, RowsSeen]


def scores_of(net: Reader, plate: Plate, contract: ReadContract, random: np.random.Generator) -> SeenRows:
    """The plate's rows as seen at a box that is a little off, for every look of the contract."""
    box = jittered(plate.box, random, 0.7)
    seen: SeenRows = {}
    for look in (FIRST_LOOK, *contract.second_looks):
        extents = [look.at(getattr(contract.rows, row)) for row in ROWS_OF[plate.jurisdiction]]
        rows = [row_pixels(plate.picture, box, extent, contract.input) for extent in extents]
        with torch.no_grad():
            answer = net(torch.from_numpy(normalised(np.stack(rows), contract.input))[:, None])
        seen[look] = RowsSeen.of(*(part.numpy() for part in answer))
    return seen


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


def held_out_scores(arguments: argparse.Namespace, contract: ReadContract) -> list[tuple[Plate, SeenRows]]:
    """Every labelled plate of training, JITTERS times, by the net that did not see it."""
    plates = load_plates(arguments.cache, "egypt/train") + load_plates(arguments.cache, "saudi/dev")
    random = np.random.default_rng(7)
    seen = []
    for fold in range(FOLDS):
        net = Reader(contract).eval()
        runs.restore(net, Path(f"{arguments.read}-fold{fold}"))
        own = [plate for plate in plates if plate.fold == fold]
        seen += [(plate, scores_of(net, plate, contract, random)) for plate in own for _ in range(JITTERS)]
    return seen


def text_of(plate: Plate, rows: SeenRows, contract: ReadContract) -> PlateText:
    """What all looks at a plate say. There is no locator here to come closer: the box stays a little off."""
    return looked_at(lambda way, _: rows[way], plate.jurisdiction, contract).text


def report(name: Jurisdiction, seen: list[tuple[Plate, SeenRows]], contract: ReadContract) -> None:
    """One line for a temperature."""
    texts = [text_of(plate, rows, contract) for plate, rows in seen]
    pairs = list(zip(texts, seen, strict=True))
    exact = np.array([(text.letters, text.digits) == (plate.letters, plate.digits) for text, (plate, _) in pairs])
    issuable = np.array([text.rows_agree and text.regular(plate.jurisdiction) for text, (plate, _) in pairs])
    confidences = np.array([text.confidence for text in texts]).clip(1e-6, 1 - 1e-6)
    loss = -float(np.where(exact, np.log(confidences), np.log(1 - confidences)).mean())
    floor = floor_of(confidences[issuable], exact[issuable])
    above = issuable & (confidences >= contract.automatic_issue_floor)
    print(
        f"{name} temperature {contract.temperatures.of(name)}: log loss {loss:.4f}, calibration error {calibration_error(confidences, exact):.4f},"
        f" exact {exact.mean():.4f} of {len(exact)}, floor {floor:.4f} covers {(issuable & (confidences >= floor)).mean():.4f},"
        f" at {contract.automatic_issue_floor} {above.mean():.4f} with {int((above & ~exact).sum())} wrong",
        flush=True,
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIG_FILE)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    contract = load(arguments.config).read
    seen = held_out_scores(arguments, contract)
    for temperature in TEMPERATURES:
        temperatures = Temperatures(egypt=temperature, saudi_arabia=temperature)
        at = contract.model_copy(update={"temperatures": temperatures})
        report("EG", [(plate, rows) for plate, rows in seen if plate.jurisdiction == "EG"], at)
        report("SA", [(plate, rows) for plate, rows in seen if plate.jurisdiction == "SA"], at)
