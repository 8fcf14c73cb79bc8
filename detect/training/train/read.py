"""Trains readers: the one that is shipped, and one for each fold that sees none of its plates, side by side on one stream.

    python detect/training train read --cache CACHE --out RUN                          RUN, RUN-fold0 to RUN-fold4
    python detect/training train read --cache CACHE --out RUN --folds none --steps 400
    python detect/training train read --cache CACHE --out RUN2 --start RUN --synthesised DIR --steps 600 --batch 64 --learning-rate 0.0008

With --synthesised a share of the rows comes from the plates that `rasid synth` drew (see train/suspicion.py for DIR).
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import ctc_loss
from torch.utils.data import DataLoader

from contract.config import PlateConfig, load
from contract.plates import ROWS_OF, printed
from contract.preprocess import normalised, row_pixels
from prepare.recombine import Recombiner, load_cut_rows
from prepare.rows import Plate, RowStream, Source, collate, encode, load_plates, synthesised
from train import runs
from train.model import Reader, parameters

# How often a row is Saudi, and how often a photographed row is recombined.
SAUDI_SHARE = 0.55
MIXED_SHARE = 0.5


def loss_of(config: PlateConfig, net: Reader, rows: torch.Tensor, classes: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The mean negative log probability of the texts of `rows`, in bytes."""
    values = runs.normalise(rows, config.read.input.normalisation).contiguous(memory_format=torch.channels_last)
    with runs.short_numbers(rows.device):
        _, columns = net.seen(values)
        raw = net.said(columns)
    scores = raw.float().log_softmax(2).transpose(0, 1)
    steps = torch.full((rows.shape[0],), scores.shape[0], dtype=torch.long, device=rows.device)
    return ctc_loss(scores, classes, steps, lengths, blank=0, zero_infinity=True)


@torch.no_grad()
def share_exact(net: Reader, plates: list[Plate], config: PlateConfig) -> dict[str, float]:
    """The share of true boxes whose row is read exactly, by row, by the best class of each step."""
    right: dict[str, list[bool]] = {}
    for plate in plates:
        names = ROWS_OF[plate.jurisdiction]
        pixels = [row_pixels(plate.picture, plate.box, getattr(config.read.rows, row), config.read.input) for row in names]
        scores, _ = net(torch.from_numpy(normalised(np.stack(pixels), config.read.input))[:, None].to(runs.device()))
        for row, best in zip(names, scores.argmax(2).tolist(), strict=True):
            text = [c for i, c in enumerate(best) if c and (i == 0 or best[i - 1] != c)]
            right.setdefault(row, []).append(text == encode(printed(row, plate.letters, plate.digits), config.read))
    return {row: round(sum(hits) / len(hits), 4) for row, hits in right.items()}


def source(cache: Path, name: str, config: PlateConfig) -> Source:
    """Photographs, with recombined ones where `prepare recombine` has cut them; characters never cross folds."""
    plates = load_plates(cache, name)
    if not (cache / "cuts.jsonl").exists():
        return Source(plates, {})
    folds = sorted({plate.fold for plate in plates})
    rows = {fold: load_cut_rows(cache, [plate for plate in plates if plate.fold == fold], config.read) for fold in folds}
    return Source(plates, {fold: Recombiner(cut) for fold, cut in rows.items() if cut})


def train(arguments: argparse.Namespace, config: PlateConfig) -> None:
    """The loop; saves weights with config, seed and commit."""
    knobs = config.train_read
    torch.manual_seed(knobs.seed)
    torch.set_num_threads(knobs.threads)
    steps = arguments.steps or knobs.steps
    egypt, saudi = (source(arguments.cache, name, config) for name in ("egypt/train", "saudi/dev"))
    drawn_by_rasid = synthesised(arguments.synthesised) if arguments.synthesised else []
    stream = RowStream(egypt, saudi, drawn_by_rasid, config.read, knobs.seed, (SAUDI_SHARE, MIXED_SHARE))
    batches = iter(DataLoader(stream, arguments.batch or knobs.batch, collate_fn=collate, num_workers=arguments.workers, prefetch_factor=4))
    nets = runs.candidates(lambda: Reader(config.read), arguments, knobs, steps)
    if arguments.start:
        for candidate in nets:
            candidate.net.freeze_first_layers()
    plates = f"{len(egypt.plates)} Egyptian and {len(saudi.plates)} Saudi plates"
    print(f"{parameters(nets[0].net)} parameters, {plates}, {len(nets)} nets, {steps} steps", flush=True)
    keep = partial(runs.save_all, nets, arguments.out, config, arguments.config)
    runs.fit(nets, batches, steps, partial(loss_of, config), keep)
    for candidate in nets:
        held_back = [plate for plate in saudi.plates + egypt.plates if plate.fold == candidate.fold]
        held_back = held_back or load_plates(arguments.cache, "egypt/dev")
        print(f"without fold {candidate.fold}: {share_exact(candidate.average.net, held_back, config)}", flush=True)


def main() -> None:
    """Command line."""
    parser = runs.parser(__doc__)
    parser.add_argument("--synthesised", type=Path, help="what `rasid synth` drew, a folder a condition")
    options = parser.parse_args()
    train(options, load(options.config))
