"""Trains locators: the one that is shipped, and one for each fold that sees none of its plates, side by side on one stream.

    python train_locate.py --cache CACHE --out RUN                          RUN, RUN-fold0 to RUN-fold4
    python train_locate.py --cache CACHE --out RUN --folds none --steps 400
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader

import runs
from config import PlateConfig, load
from model import Locator, parameters
from scenes import SceneStream, load_scenes

REPORT_EVERY_STEPS = 100
SAVE_EVERY_STEPS = 1000
EDGE_WEIGHT = 2.0


def heat_loss(heat: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The focal loss of CornerNet (Law and Deng 2018): cells near a centre are punished less."""
    heat = heat.clamp(1e-4, 1 - 1e-4)
    peaks = target.ge(0.999).float()
    found = peaks * (1 - heat) ** 2 * heat.log()
    empty = (1 - peaks) * (1 - target) ** 4 * heat**2 * (1 - heat).log()
    return -(found + empty).sum() / peaks.sum().clamp(min=1.0)


def edge_loss(edges: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """One minus the overlap, plus the edges' error as a share of the plate's height."""
    (left, top, right, bottom), (left_t, top_t, right_t, bottom_t) = edges.unbind(1), target.unbind(1)
    width = torch.minimum(left, left_t) + torch.minimum(right, right_t)
    height = torch.minimum(top, top_t) + torch.minimum(bottom, bottom_t)
    shared = width * height
    union = (left + right) * (top + bottom) + (left_t + right_t) * (top_t + bottom_t) - shared
    missed = 1 - shared / union
    size = (top_t + bottom_t).clamp(min=4.0)
    offsets = ((edges - target).abs().mean(1) / size).clamp(max=3.0)
    return ((missed + offsets) * weight).sum() / weight.sum().clamp(min=1.0)


def loss_of(net: Locator, frames: torch.Tensor, heat: torch.Tensor, edges: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """What is wrong with the net's answer to normalised `frames`."""
    with runs.short_numbers(frames.device):
        seen_heat, seen_edges = net(frames)
    return heat_loss(seen_heat.float(), heat) + EDGE_WEIGHT * edge_loss(seen_edges.float(), edges, weight)


def train(arguments: argparse.Namespace, config: PlateConfig) -> None:
    """The loop; saves weights with config, seed and commit."""
    knobs = config.train_locate
    torch.manual_seed(knobs.seed)
    torch.set_num_threads(knobs.threads)
    steps = arguments.steps or knobs.steps
    egypt = load_scenes(arguments.cache, "egypt/train", config.locate)
    saudi = load_scenes(arguments.cache, "saudi/dev", config.locate)
    stream = SceneStream(egypt, saudi, config.locate, knobs.seed)
    batches = iter(DataLoader(stream, knobs.batch, num_workers=arguments.workers, prefetch_factor=4))
    nets = runs.candidates(lambda: Locator(config.locate), runs.folds_of(arguments.folds), knobs, steps)
    print(f"{parameters(nets[0].net)} parameters, {len(egypt)} Egyptian and {len(saudi)} Saudi pictures, {len(nets)} nets, {steps} steps", flush=True)
    since, totals = time.monotonic(), torch.zeros(len(nets), device=runs.device())
    for step in range(1, steps + 1):
        frames, *targets, folds = (tensor.to(runs.device(), non_blocking=True) for tensor in next(batches))
        frames = runs.normalise(frames, config.locate.input.normalisation).contiguous(memory_format=torch.channels_last)
        for number, candidate in enumerate(nets):
            seen = candidate.may_see(folds)
            loss = loss_of(candidate.net, frames[seen], *(target[seen] for target in targets))
            candidate.learn(loss)
            totals[number] += loss.detach()
        if step % REPORT_EVERY_STEPS == 0:
            losses = " ".join(f"{total / REPORT_EVERY_STEPS:.4f}" for total in totals.tolist())
            print(f"step {step} losses {losses} {time.monotonic() - since:.0f} s", flush=True)
            totals.zero_()
        if step % SAVE_EVERY_STEPS == 0:
            runs.save_all(nets, arguments.out, config, arguments.config)
    runs.save_all(nets, arguments.out, config, arguments.config)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("plate_config.yaml"))
    parser.add_argument("--folds", nargs="+", default=["none", "0", "1", "2", "3", "4"], help="the fold each net must not see")
    parser.add_argument("--steps", type=int, help="instead of the number in the config")
    parser.add_argument("--workers", type=int, default=1, help="processes that make samples")
    arguments = parser.parse_args()
    train(arguments, load(arguments.config))


if __name__ == "__main__":
    main()
