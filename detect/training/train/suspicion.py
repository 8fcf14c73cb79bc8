"""Trains what the reader suspects beside reading: altered characters, hidden ones, rows that are none of ours.

    python detect/training train suspicion --cache CACHE --start RUN --synthesised DIR --out RUN2                RUN2, RUN2-fold0 to RUN2-fold4
    python detect/training train suspicion --cache CACHE --start RUN --synthesised DIR --out RUN2 --folds none --workers 1

DIR holds what `rasid synth --out DIR/CONDITION --count 6000 --seed 77001 --kind plate --condition CONDITION --quality clear`
draws for the conditions regular, tampered, occluded, foreign and fake. The reader of --start is kept as it is, number for
number; only its branch `Suspicion` learns.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader

from contract.config import PlateConfig, load
from prepare.recombine import Recombiner, load_cut_rows
from prepare.rows import load_plates
from prepare.suspicions import Beside, Material, SuspicionStream, load_beside
from train import runs
from train.model import Reader

# Photographs of egypt/train that show a plate with painted dots: no example of a regular one. They are kept out of
# training altogether, so that they test it.
PAINTED = ("1387", "1981", "1991", "2000")
# How much being right about each step counts beside being right about the row, and a changed step beside others.
STEPS_SHARE = 1.0
CHANGED_STEP_WEIGHT = 4.0


def loss_of(
    config: PlateConfig,
    net: Reader,
    rows: torch.Tensor,
    answers: torch.Tensor,
    weights: torch.Tensor,
    step_answers: torch.Tensor,
    step_weights: torch.Tensor,
) -> torch.Tensor:
    """The cross entropy of the three suspicions of `rows`, in bytes, each where it counts, as a whole and by step."""
    values = runs.normalise(rows, config.read.input.normalisation).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        seen, columns = net.seen(values)
    scores = net.suspicion.by_step(seen, columns)
    whole = binary_cross_entropy_with_logits(net.suspicion.whole(scores), answers, weights, reduction="sum")
    # Few steps are changed: each of those counts as much as several that are not.
    balanced = step_weights * (1.0 + (CHANGED_STEP_WEIGHT - 1.0) * step_answers)
    steps = binary_cross_entropy_with_logits(scores[:, :2], step_answers, balanced, reduction="sum")
    return whole / weights.sum().clamp(min=1.0) + STEPS_SHARE * steps / step_weights.sum().clamp(min=1.0)


def learn_only_suspicion(net: Reader) -> None:
    """Holds everything else still, the running means of its normalisation included."""
    net.eval().requires_grad_(False)
    net.suspicion.train().requires_grad_(True)


def material(cache: Path, name: str, config: PlateConfig) -> Material:
    """The plates of a set and their rows with known cuts, by fold."""
    plates = [plate for plate in load_plates(cache, name) if not Path(plate.name).name.startswith(PAINTED)]
    folds = sorted({plate.fold for plate in plates})
    cut = {fold: load_cut_rows(cache, [plate for plate in plates if plate.fold == fold], config.read) for fold in folds}
    cut = {fold: rows for fold, rows in cut.items() if rows}
    return Material(plates, cut, {fold: Recombiner(rows) for fold, rows in cut.items()})


def train(arguments: argparse.Namespace, config: PlateConfig) -> None:
    """Samples, nets, loop; saves whole readers."""
    knobs = config.train_suspicion
    torch.manual_seed(knobs.seed)
    torch.set_num_threads(knobs.threads)
    steps = arguments.steps or knobs.steps
    materials = (material(arguments.cache, "egypt/train", config), material(arguments.cache, "saudi/dev", config))
    beside: list[Beside] = load_beside(arguments.cache, ("egypt/train", "saudi/dev"))
    stream = SuspicionStream(materials, beside, arguments.synthesised, config.read, knobs.seed)
    batches = iter(DataLoader(stream, arguments.batch or knobs.batch, num_workers=arguments.workers, prefetch_factor=4))
    nets = runs.candidates(lambda: Reader(config.read), arguments, knobs, steps)
    for candidate in nets:
        learn_only_suspicion(candidate.net)
    keep = partial(runs.save_all, nets, arguments.out, config, arguments.config)
    runs.fit(nets, batches, steps, partial(loss_of, config), keep)


def main() -> None:
    """Command line."""
    parser = runs.parser(__doc__)
    parser.add_argument("--synthesised", type=Path, required=True, help="what `rasid synth` drew, a folder a condition")
    options = parser.parse_args()
    train(options, load(options.config))
