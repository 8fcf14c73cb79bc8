"""Nets in training side by side, the running average of their weights, and what a run leaves behind."""

from __future__ import annotations

import argparse
import copy
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from contract.config import CONFIG_FILE, Normalisation, PlateConfig, TrainingKnobs
from prepare.index import FOLDS

WEIGHTS = "weights.pt"
DECAY = 0.998
GRADIENT_NORM_MAX = 10.0
WARM_UP_SHARE = 0.1
REPORT_EVERY_STEPS = 100
SAVE_EVERY_STEPS = 1000


def device() -> torch.device:
    """A GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def short_numbers(on: torch.device) -> torch.autocast:
    """bfloat16 on a GPU; most processors only imitate it, many times slower."""
    return torch.autocast(on.type, torch.bfloat16, enabled=on.type == "cuda")


def normalise(pixels: Tensor, numbers: Normalisation) -> Tensor:
    """What preprocess.normalised does, on the device that trains."""
    return (pixels.float() * numbers.scale - numbers.mean) / numbers.deviation


class Average:
    """An exponential average of the weights, which reads better than the last step's."""

    def __init__(self, net: nn.Module) -> None:
        self.net = copy.deepcopy(net).eval()
        self.updates = 0

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """Moves the average towards `net`; faster at the start."""
        self.updates += 1
        decay = min(DECAY, (1 + self.updates) / (10 + self.updates))
        means, now = list(self.net.state_dict().values()), list(net.state_dict().values())
        floating = [place for place, mean in enumerate(means) if mean.dtype.is_floating_point]
        torch._foreach_lerp_([means[place] for place in floating], [now[place] for place in floating], 1.0 - decay)


@dataclass
class Candidate:
    """One net in training and the fold that it must not see; without a fold it sees everything and is shipped."""

    fold: int | None
    net: nn.Module
    average: Average
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler

    def may_see(self, folds: Tensor) -> Tensor:
        """Which samples of a batch it may learn from; drawn ones (fold -1) always."""
        return torch.ones_like(folds, dtype=torch.bool) if self.fold is None else folds != self.fold

    def learn(self, loss: Tensor) -> None:
        """One step down."""
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), GRADIENT_NORM_MAX)
        self.optimiser.step()
        self.schedule.step()
        self.average.update(self.net)

    def folder(self, out: Path) -> Path:
        """Where its weights go: OUT, or OUT-fold3."""
        return folder_of(out, self.fold)


def folder_of(out: Path, fold: int | None) -> Path:
    """OUT, or OUT-fold3."""
    return out if fold is None else out.with_name(f"{out.name}-fold{fold}")


def candidates(make: Callable[[], nn.Module], options: argparse.Namespace, knobs: TrainingKnobs, steps: int) -> list[Candidate]:
    """One net for each fold asked for: all from the same first weights, or each from what an earlier run left of it."""
    on = device()
    first = make()
    rate = options.learning_rate or knobs.learning_rate
    nets = []
    for fold in folds_of(options.folds):
        net = copy.deepcopy(first)
        if options.start:
            begin_with(net, folder_of(options.start, fold))
        net = net.to(on, memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01, fused=on.type == "cuda")
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=WARM_UP_SHARE)
        nets.append(Candidate(fold, net, Average(net), optimiser, schedule))
    return nets


def fit(nets: list[Candidate], batches: Iterator[list[Tensor]], steps: int, loss_of: Callable[..., Tensor], keep: Callable[[], None]) -> None:
    """The loop: each net learns from what it may see of a batch, whose last tensor holds the folds; `keep` saves all nets."""
    since, totals = time.monotonic(), torch.zeros(len(nets), device=device())
    for step in range(1, steps + 1):
        *samples, folds = (tensor.to(device(), non_blocking=True) for tensor in next(batches))
        for number, candidate in enumerate(nets):
            seen = candidate.may_see(folds)
            loss = loss_of(candidate.net, *(tensor[seen] for tensor in samples))
            candidate.learn(loss)
            totals[number] += loss.detach()
        if step % REPORT_EVERY_STEPS == 0:
            losses = " ".join(f"{total / REPORT_EVERY_STEPS:.4f}" for total in totals.tolist())
            print(f"step {step} losses {losses} {time.monotonic() - since:.0f} s", flush=True)
            totals.zero_()
        if step % SAVE_EVERY_STEPS == 0 or step == steps:
            keep()


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options that every training command has."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--config", type=Path, default=CONFIG_FILE)
    options.add_argument("--folds", nargs="+", default=["none", "0", "1", "2", "3", "4"], help="the fold each net must not see")
    options.add_argument("--steps", type=int, help="instead of the number in the config")
    options.add_argument("--batch", type=int, help="instead of the number in the config")
    options.add_argument("--learning-rate", type=float, help="instead of the number in the config")
    options.add_argument("--start", type=Path, help="a finished run to go on from; what its nets lack begins anew")
    options.add_argument("--workers", type=int, default=1, help="processes that make samples")
    return options


def folds_of(words: list[str]) -> list[int | None]:
    """`none`, `0` to `4`, as the command line has them."""
    return [None if word == "none" else range(FOLDS)[int(word)] for word in words]


def save_all(nets: list[Candidate], out: Path, config: PlateConfig, config_path: Path) -> None:
    """The averages of all nets, each in its folder."""
    for candidate in nets:
        save(candidate.average.net, candidate.folder(out), config, config_path)


def save(net: nn.Module, folder: Path, config: PlateConfig, config_path: Path) -> None:
    """Weights, the seed in the config, the config as it was, and the commit it ran at."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({name: tensor.cpu().contiguous() for name, tensor in net.state_dict().items()}, folder / WEIGHTS)
    shutil.copyfile(config_path, folder / "plate_config.yaml")
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    ).stdout.strip()
    (folder / "run.txt").write_text(f"commit {commit or 'unknown'}\ntorch {torch.__version__}\n", encoding="utf-8")


def restore(net: nn.Module, folder: Path) -> None:
    """Loads what `save` wrote; a net of another shape is an error."""
    net.load_state_dict(torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True))


def begin_with(net: nn.Module, folder: Path) -> None:
    """Takes over what fits of an earlier run; of a layer with more outputs than then, the first ones."""
    own, found = net.state_dict(), torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
    for name, tensor in own.items():
        earlier = found.get(name)
        if earlier is not None and earlier.shape == tensor.shape:
            own[name] = earlier
        elif earlier is not None and earlier.shape[1:] == tensor.shape[1:] and len(earlier) < len(tensor):
            own[name] = torch.cat([earlier, tensor[len(earlier) :]])
    net.load_state_dict(own)
