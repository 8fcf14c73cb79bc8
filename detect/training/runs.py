"""What a training run leaves behind: weights with config and commit; and the running average of the weights."""

from __future__ import annotations

import copy
import shutil
import subprocess
from pathlib import Path

import torch
from torch import nn

from config import PlateConfig

WEIGHTS = "weights.pt"
DECAY = 0.995


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
        for mean, now in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1.0 - decay)
            else:
                mean.copy_(now)


def save(net: nn.Module, folder: Path, config: PlateConfig, config_path: Path) -> None:
    """Weights, the seed in the config, the config as it was, and the commit it ran at."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), folder / WEIGHTS)
    shutil.copyfile(config_path, folder / "plate_config.yaml")
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    ).stdout.strip()
    (folder / "run.txt").write_text(f"commit {commit or 'unknown'}\ntorch {torch.__version__}\n", encoding="utf-8")


def restore(net: nn.Module, folder: Path) -> None:
    """Loads what `save` wrote; a net of another shape is an error."""
    net.load_state_dict(torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True))
