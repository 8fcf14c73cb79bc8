"""Trains the locator; the options are those of train_read.py.

    python train_locate.py --cache CACHE --out RUN
    python train_locate.py --cache CACHE --out RUN --from BASE --fold 3
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

REPORT_EVERY_STEPS = 50
SAVE_EVERY_STEPS = 200


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


def train(arguments: argparse.Namespace, config: PlateConfig) -> None:
    """The loop; saves weights with config, seed and commit."""
    knobs = config.train_locate
    torch.manual_seed(knobs.seed)
    torch.set_num_threads(knobs.threads)
    egypt = load_scenes(arguments.cache, "egypt/train", config.locate)
    saudi = load_scenes(arguments.cache, "saudi/dev", config.locate) if arguments.start else []
    seen = [scene for scene in saudi if str(scene.fold) != arguments.fold]
    net = Locator(config.locate).to(memory_format=torch.channels_last)
    steps, rate = knobs.steps, knobs.learning_rate
    if arguments.start:
        runs.restore(net, arguments.start)
        steps, rate = knobs.fine_tune_steps, knobs.fine_tune_learning_rate
    steps = arguments.steps or steps
    print(f"{parameters(net)} parameters, {len(egypt)} Egyptian and {len(seen)} Saudi pictures, {steps} steps", flush=True)
    stream = SceneStream(egypt, seen, config.locate, knobs.seed)
    batches = iter(DataLoader(stream, knobs.batch, num_workers=1, prefetch_factor=4))
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    average = runs.Average(net)
    since, totals = time.monotonic(), [0.0, 0.0]
    for step in range(1, steps + 1):
        frames, heat_target, edges_target, weight = next(batches)
        with torch.autocast("cpu", torch.bfloat16):
            heat, edges = net(frames.to(memory_format=torch.channels_last))
        heat_part = heat_loss(heat.float(), heat_target)
        edge_part = edge_loss(edges.float(), edges_target, weight)
        optimiser.zero_grad()
        (heat_part + 2.0 * edge_part).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimiser.step()
        schedule.step()
        average.update(net)
        totals = [totals[0] + heat_part.item(), totals[1] + edge_part.item()]
        if step % REPORT_EVERY_STEPS == 0:
            means = [total / REPORT_EVERY_STEPS for total in totals]
            print(f"step {step} heat {means[0]:.4f} edges {means[1]:.4f} {time.monotonic() - since:.0f} s", flush=True)
            totals = [0.0, 0.0]
        if step % SAVE_EVERY_STEPS == 0 or step == steps:
            runs.save(average.net, arguments.out, config, arguments.config)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("plate_config.yaml"))
    parser.add_argument("--from", dest="start", type=Path, help="weights to go on from, now with Saudi photographs")
    parser.add_argument("--fold", default="none", help="the fold of Saudi plates to hold back: 0 to 4, or none")
    parser.add_argument("--steps", type=int, help="instead of the number in the config")
    arguments = parser.parse_args()
    train(arguments, load(arguments.config))


if __name__ == "__main__":
    main()
