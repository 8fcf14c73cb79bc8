"""Trains locators: the one that is shipped, and one for each fold that sees none of its plates, side by side on one stream.

    python detect/training train locate --cache CACHE --out RUN                          RUN, RUN-fold0 to RUN-fold4
    python detect/training train locate --cache CACHE --out RUN --folds none --steps 400
"""

from __future__ import annotations

import argparse
from functools import partial

import torch
from torch.utils.data import DataLoader

from contract.config import PlateConfig, load
from prepare.scenes import SceneStream, load_scenes
from train import runs
from train.model import Locator, parameters

EDGE_WEIGHT = 2.0
CORNER_WEIGHT = 2.0


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


def corner_loss(corners: torch.Tensor, target: torch.Tensor, edges: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The corners' error as a share of the height of the plate's box."""
    size = (edges[:, 1] + edges[:, 3]).clamp(min=4.0)
    offsets = ((corners - target).abs().mean(1) / size).clamp(max=3.0)
    return (offsets * weight).sum() / weight.sum().clamp(min=1.0)


def loss_of(
    config: PlateConfig,
    net: Locator,
    frames: torch.Tensor,
    heat: torch.Tensor,
    edges: torch.Tensor,
    corners: torch.Tensor,
    weight: torch.Tensor,
) -> torch.Tensor:
    """What is wrong with the net's answer to `frames`, in bytes."""
    values = runs.normalise(frames, config.locate.input.normalisation).contiguous(memory_format=torch.channels_last)
    with runs.short_numbers(frames.device):
        seen_heat, seen_edges, seen_corners = (answer.float() for answer in net(values))
    geometry = EDGE_WEIGHT * edge_loss(seen_edges, edges, weight) + CORNER_WEIGHT * corner_loss(seen_corners, corners, edges, weight)
    return heat_loss(seen_heat, heat) + geometry


def train(arguments: argparse.Namespace, config: PlateConfig) -> None:
    """Samples, nets, loop; saves weights with config, seed and commit."""
    knobs = config.train_locate
    torch.manual_seed(knobs.seed)
    torch.set_num_threads(knobs.threads)
    steps = arguments.steps or knobs.steps
    egypt = load_scenes(arguments.cache, "egypt/train", config.locate)
    saudi = load_scenes(arguments.cache, "saudi/dev", config.locate)
    stream = SceneStream(egypt, saudi, config.locate, knobs.seed)
    batches = iter(DataLoader(stream, arguments.batch or knobs.batch, num_workers=arguments.workers, prefetch_factor=4))
    nets = runs.candidates(lambda: Locator(config.locate), arguments, knobs, steps)
    for candidate in nets if arguments.start else []:
        candidate.net.freeze_first_layers()
    pictures = f"{len(egypt)} Egyptian and {len(saudi)} Saudi pictures"
    print(f"{parameters(nets[0].net)} parameters, {pictures}, {len(nets)} nets, {steps} steps", flush=True)
    keep = partial(runs.save_all, nets, arguments.out, config, arguments.config)
    runs.fit(nets, batches, steps, partial(loss_of, config), keep)


def main() -> None:
    """Command line."""
    options = runs.parser(__doc__).parse_args()
    train(options, load(options.config))
