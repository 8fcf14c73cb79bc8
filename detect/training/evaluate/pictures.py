"""Whole pictures through both nets: exact plates, false reads, intervals resampled by plate, by set.

    python detect/training evaluate pictures --data DATA --locate RUN --read RUN --sets egypt/dev
    python detect/training evaluate pictures --data DATA --locate RUN --read RUN --sets saudi/dev --folds    each fold by RUN-fold0 to RUN-fold4

A labelled plate is exact if the plate read at an overlap of one half or more equals it; every other read is false.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image, ImageOps

from contract.config import CONFIG_FILE, Extent, Jurisdiction, Look, PlateConfig, ReadContract, load
from contract.corners import turned_degrees, turned_row
from contract.decode import Located, PlateSeen, PlateText, RowsSeen, closer, is_cut, is_put_forward, locate, looked_at, near_and_far, overlap
from contract.plates import ROWS_OF
from contract.preprocess import letterbox, normalised, row_pixels
from evaluate.calibrate import calibration_error
from prepare.index import FOLDS, fold_of
from train import runs
from train.model import Locator, Reader

MATCHING_IOU = 0.5
RESAMPLES = 2000


@dataclass
class Tally:
    """What was counted over a set."""

    labelled: int = 0
    exact: int = 0
    found: int = 0
    false_reads: int = 0
    pictures: int = 0
    characters: int = 0
    characters_right: int = 0
    # Exact or not for every labelled plate with text, under the plate's own name.
    by_plate: dict[str, list[bool]] = field(default_factory=dict)
    # (confidence, exact, agreed, put forward) of every read, for thresholds and calibration.
    reads: list[tuple[float, bool, bool, bool]] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


class Nets:
    """Both nets of one run."""

    def __init__(self, config: PlateConfig, locate_run: Path, read_run: Path) -> None:
        self.config = config
        self.locator, self.reader = Locator(config.locate).eval(), Reader(config.read).eval()
        runs.restore(self.locator, locate_run)
        runs.restore(self.reader, read_run)

    @torch.no_grad()
    def located(self, picture: Image.Image, smaller: int) -> list[Located]:
        """Where plates are, of a picture that is shown to the net smaller than it may be by a whole factor."""
        contract = self.config.locate
        frame, scale = letterbox(picture, contract.input.smaller(smaller))
        answer = self.locator(torch.from_numpy(normalised(frame, contract.input))[None])
        heat, edges, corners = (part[0].numpy() for part in answer)
        return locate((heat, edges, corners), scale, picture.size, contract)

    def plates(self, picture: Image.Image) -> list[tuple[Located, PlateText]]:
        """All plates of a picture that say something, whatever the confidence."""
        found = near_and_far(lambda smaller: self.located(picture, smaller), picture.width, self.config.locate)
        read_plates = [self.plate(picture, plate) for plate in found]
        return [(plate, text) for plate, text in read_plates if text.complete]

    def plate(self, picture: Image.Image, plate: Located) -> tuple[Located, PlateText]:
        """What a plate says; where it cannot be read as a plate of its layout's country, the other one is tried."""
        sight = Sight(self, picture, plate)
        text = sight.text(plate.jurisdiction)
        if text.regular(plate.jurisdiction) and is_put_forward(text, is_cut(sight.plate, picture.width), self.config.read):
            return sight.plate, text
        other: Jurisdiction = "SA" if plate.jurisdiction == "EG" else "EG"
        second = sight.text(other)
        if second.regular(other) and second.confidence > text.confidence:
            return replace(sight.plate, jurisdiction=other), second
        return sight.plate, text

    @torch.no_grad()
    def rows(self, rows: list[np.ndarray]) -> RowsSeen:
        """What the reader says of some rows."""
        return RowsSeen.of(*(part.numpy() for part in self.reader(torch.from_numpy(np.stack(rows))[:, None])))


class Finder(Protocol):
    """Both nets, in whatever form."""

    config: PlateConfig

    def located(self, picture: Image.Image, smaller: int) -> list[Located]: ...

    def rows(self, rows: list[np.ndarray]) -> RowsSeen: ...


class Sight:
    """A plate in a picture, which a doubt brings closer once, whichever country it is read as."""

    def __init__(self, nets: Finder, picture: Image.Image, plate: Located) -> None:
        self.nets, self.picture, self.plate, self.is_close = nets, picture, plate, False

    def seen(self, jurisdiction: Jurisdiction) -> PlateSeen:
        """What it says as a plate of this country."""
        return looked_at(lambda way, close: self.look(way, close, jurisdiction), jurisdiction, self.nets.config.read)

    def text(self, jurisdiction: Jurisdiction) -> PlateText:
        """The text alone."""
        return self.seen(jurisdiction).text

    def look(self, way: Look, close: bool, jurisdiction: Jurisdiction) -> RowsSeen:
        """One look, from closer where that is asked for."""
        if close and not self.is_close:
            self.is_close = True
            self.plate = closer(self.found, self.plate, self.picture.size, self.nets.config.locate)
        return self.nets.rows(rows_of(self.picture, replace(self.plate, jurisdiction=jurisdiction), way, self.nets.config))

    def found(self, part: tuple[int, int, int, int]) -> list[Located]:
        """What a part of the picture shows."""
        return self.nets.located(self.picture.crop(part), 1)


def rows_of(picture: Image.Image, plate: Located, look: Look, config: PlateConfig) -> list[np.ndarray]:
    """The rows of a plate as one look hands them to the reader."""
    extents = [look.at(getattr(config.read.rows, name)) for name in ROWS_OF[plate.jurisdiction]]
    return [normalised(plate_row(picture, plate, extent, config), config.read.input) for extent in extents]


def plate_row(picture: Image.Image, plate: Located, extent: Extent, config: PlateConfig) -> np.ndarray:
    """A row of the plate in grey: rectified where the plate is turned, cut out along its box otherwise."""
    if turned_degrees(plate.corners) <= config.locate.turned_degrees:
        return row_pixels(picture, plate.box, extent, config.read.input)
    return turned_row(np.asarray(picture), plate.corners, extent, config.read.input)


def edit_distance(one: str, other: str) -> int:
    """Characters to change, add or drop."""
    line = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, line[0] = line[0], i
        for j, b in enumerate(other, 1):
            previous, line[j] = line[j], min(line[j] + 1, line[j - 1] + 1, previous + (a != b))
    return line[-1]


def count_picture(tally: Tally, label: dict[str, Any], plates: list[tuple[Located, PlateText]], contract: ReadContract) -> None:
    """Adds one picture to the tally."""
    tally.pictures += 1
    jurisdiction = label["jurisdiction"]
    matched: set[int] = set()
    for plate in label["plates"]:
        box = tuple(plate["box"])
        near = [i for i, (where, _) in enumerate(plates) if overlap(where.box, box) >= MATCHING_IOU and i not in matched]
        best = max(near, key=lambda i: overlap(plates[i][0].box, box), default=None)
        tally.found += best is not None
        if "letters" not in plate:
            continue
        tally.labelled += 1
        truth = plate["letters"] + plate["digits"]
        text, right, reported = None, False, False
        if best is not None:
            where, text = plates[best]
            reported = is_put_forward(text, is_cut(where, label["size"][0]), contract)
            same_text = (text.letters, text.digits) == (plate["letters"], plate["digits"])
            right = where.jurisdiction == jurisdiction and same_text
            tally.reads.append((text.confidence, right, text.rows_agree, reported))
        if best is not None and reported:
            matched.add(best)
            tally.false_reads += not right
        said = text.letters + text.digits if text is not None else ""
        tally.exact += right and reported
        tally.characters += len(truth)
        tally.characters_right += max(0, len(truth) - edit_distance(truth, said))
        tally.by_plate.setdefault(truth, []).append(right and reported)
        if not (right and reported):
            sure = f"{text.confidence:.3f}" if text is not None else "not found"
            tally.misses.append(f"{label['image']}: {plate['letters']} {plate['digits']} read as {said or '-'} ({sure})")
    for i, (where, text) in enumerate(plates):
        if i not in matched and is_put_forward(text, is_cut(where, label["size"][0]), contract):
            tally.false_reads += 1
            tally.misses.append(f"{label['image']}: beside the labels {text.letters} {text.digits} ({text.confidence:.3f}) at {where.box}")


def interval(by_plate: dict[str, list[bool]], seed: int = 7) -> tuple[float, float]:
    """The middle 95 % of exact shares when plates, not pictures, are drawn again."""
    groups = list(by_plate.values())
    hits, sizes = np.array([sum(group) for group in groups]), np.array([len(group) for group in groups])
    picks = np.random.default_rng(seed).integers(0, len(groups), (RESAMPLES, len(groups)))
    shares = hits[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    return float(np.quantile(shares, 0.025)), float(np.quantile(shares, 0.975))


def report(name: str, tally: Tally, floor: float, verbose: bool) -> None:
    """Prints one set; `floor` is that for automatic issue."""
    low, high = interval(tally.by_plate)
    print(
        f"{name}: exact {tally.exact} of {tally.labelled} = {tally.exact / tally.labelled:.4f}"
        f" (95 % {low:.4f} to {high:.4f}), found {tally.found}, false reads {tally.false_reads} in {tally.pictures} pictures"
        f" = {tally.false_reads / tally.pictures:.4f}, characters {tally.characters_right / tally.characters:.4f}"
    )
    confidences, exact, agreed, reported = np.array(tally.reads).T
    sure = (confidences >= floor) & (agreed > 0)
    put = reported > 0
    print(
        f"    {int(sure.sum())} at the floor for automatic issue, {int((exact[sure] == 0).sum())} of them wrong; calibration error"
        f" {calibration_error(confidences[put], exact[put]):.4f} of the reads put forward, {calibration_error(confidences, exact):.4f} of all"
    )
    for miss in tally.misses if verbose else []:
        print("   ", miss)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--locate", type=Path, required=True)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIG_FILE)
    parser.add_argument("--sets", nargs="+", default=["egypt/dev"])
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--reads", type=Path, help="writes (confidence, exact, rows agree, put forward) of every read here")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    config = load(arguments.config)
    suffixes = [f"-fold{fold}" for fold in range(FOLDS)] if arguments.folds else [""]
    nets = [
        Nets(config, Path(f"{arguments.locate}{suffix}"), Path(f"{arguments.read}{suffix}")) for suffix in suffixes
    ]
    for name in arguments.sets:
        tally = Tally()
        for line in (arguments.data / name / "labels.jsonl").read_text(encoding="utf-8").splitlines():
            label = json.loads(line) | {"jurisdiction": "EG" if name.startswith("egypt") else "SA"}
            texts = [plate for plate in label["plates"] if "letters" in plate]
            fold = fold_of(texts[0]["letters"], texts[0]["digits"]) if texts else fold_of(label["image"], "")
            picture = ImageOps.exif_transpose(Image.open(arguments.data / name / label["image"])).convert("RGB")
            plates = nets[fold if arguments.folds else 0].plates(picture)
            count_picture(tally, label, plates, config.read)
        report(name, tally, config.read.automatic_issue_floor, arguments.verbose)
        if arguments.reads:
            arguments.reads.write_text(json.dumps(tally.reads), encoding="utf-8")
