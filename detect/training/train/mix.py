"""The mean of two runs of the reader, net by net: what the later one learnt at half the forgetting.

    python detect/training train mix --one RUN --other RUN2 --out RUN3          RUN3, RUN3-fold0 to RUN3-fold4

A short run on other pictures reads those better and the first ones a little worse. Between the two weights lie better nets
than either (Wortsman and others 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from prepare.index import FOLDS
from train.runs import WEIGHTS, folder_of


def mean(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The mean of every number that both nets hold; what only `other` has is taken from there."""
    return {name: ((tensor.float() + one[name].float()) / 2).to(tensor.dtype) if name in one else tensor for name, tensor in other.items()}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("one", "other", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    for fold in (None, *range(FOLDS)):
        folders = [folder_of(run, fold) / WEIGHTS for run in (arguments.one, arguments.other)]
        if not all(path.exists() for path in folders):
            continue
        nets = [torch.load(path, map_location="cpu", weights_only=True) for path in folders]
        out = folder_of(arguments.out, fold)
        out.mkdir(parents=True, exist_ok=True)
        torch.save(mean(*nets), out / WEIGHTS)
        print(out, flush=True)
