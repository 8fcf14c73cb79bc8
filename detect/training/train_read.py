"""Trains the reader.

    python train_read.py --cache CACHE --out RUN --fold all             base: no Saudi photograph, Saudi plates are drawn
    python train_read.py --cache CACHE --out RUN --from BASE --fold 3   fine-tuned on Saudi photographs but those of fold 3
    python train_read.py --cache CACHE --out RUN --from BASE --fold none   fine-tuned on all of them (the shipped weights)
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from torch.nn.functional import ctc_loss
from torch.utils.data import DataLoader

import runs
from config import PlateConfig, load
from model import Reader, parameters
from plates import ROWS_OF, printed
from preprocess import normalised, row_pixels
from recombine import Recombiner, load_cut_rows
from rows import Plate, RowStream, Sources, collate, encode, load_plates

REPORT_EVERY_STEPS = 100
SAVE_EVERY_STEPS = 500
# How often a row is Saudi, before and after Saudi photographs are seen, and how often a photographed row is recombined.
SAUDI_SHARE = 0.45
SAUDI_SHARE_FINE_TUNING = 0.7
MIXED_SHARE = 0.5


def loss_of(net: Reader, batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """The mean negative log probability of the texts."""
    rows, classes, lengths = batch
    with torch.autocast("cpu", torch.bfloat16):
        raw = net(rows.to(memory_format=torch.channels_last))
    scores = raw.float().log_softmax(2).transpose(0, 1)
    steps = torch.full((rows.shape[0],), scores.shape[0], dtype=torch.long)
    return ctc_loss(scores, classes, steps, lengths, blank=0, zero_infinity=True)


@torch.no_grad()
def share_exact(net: Reader, plates: list[Plate], config: PlateConfig) -> dict[str, float]:
    """The share of true boxes whose row is read exactly, by row, by the best class of each step."""
    net.eval()
    right: dict[str, list[bool]] = {}
    for plate in plates:
        for row in ROWS_OF[plate.jurisdiction]:
            extent = getattr(config.read.rows, row)
            pixels = normalised(row_pixels(plate.picture, plate.box, extent, config.read.input), config.read.input)
            best = net(torch.from_numpy(pixels)[None, None])[0].argmax(1).tolist()
            text = [c for i, c in enumerate(best) if c and (i == 0 or best[i - 1] != c)]
            right.setdefault(row, []).append(text == encode(printed(row, plate.letters, plate.digits), config.read))
    net.train()
    return {row: round(sum(hits) / len(hits), 4) for row, hits in right.items()}


def sources(arguments: argparse.Namespace, egypt: list[Plate], saudi: list[Plate], config: PlateConfig) -> Sources:
    """Photographs, with recombined ones where recombine.py has cut them."""
    if not (arguments.cache / "cuts.jsonl").exists():
        return Sources(egypt, saudi)
    mixed_egypt = Recombiner(load_cut_rows(arguments.cache, egypt, config.read))
    mixed_saudi = Recombiner(load_cut_rows(arguments.cache, saudi, config.read)) if saudi else None
    return Sources(egypt, saudi, mixed_egypt, mixed_saudi)


def train(arguments: argparse.Namespace, config: PlateConfig) -> None:
    """The loop; saves weights with config, seed and commit."""
    knobs = config.train_read
    torch.manual_seed(knobs.seed)
    torch.set_num_threads(knobs.threads)
    egypt, saudi = load_plates(arguments.cache, "egypt/train"), load_plates(arguments.cache, "saudi/dev")
    egypt = [plate for plate in egypt if plate.fold != arguments.egypt_fold]
    held = [plate for plate in saudi if str(plate.fold) == arguments.fold]
    seen = [plate for plate in saudi if str(plate.fold) != arguments.fold] if arguments.fold != "all" else []
    checks = load_plates(arguments.cache, "egypt/dev") + (held if seen else saudi)
    net = Reader(config.read).to(memory_format=torch.channels_last)
    steps, rate = knobs.steps, knobs.learning_rate
    if arguments.start:
        runs.restore(net, arguments.start)
        steps, rate = knobs.fine_tune_steps, arguments.rate or knobs.fine_tune_learning_rate
    steps = arguments.steps or steps
    print(f"{parameters(net)} parameters, {len(egypt)} Egyptian and {len(seen)} Saudi plates, {steps} steps", flush=True)
    saudi_share = SAUDI_SHARE_FINE_TUNING if seen else SAUDI_SHARE
    stream = RowStream(sources(arguments, egypt, seen, config), config.read, knobs.seed, saudi_share, MIXED_SHARE)
    batches = iter(DataLoader(stream, knobs.batch, collate_fn=collate, num_workers=1, prefetch_factor=4))
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    average = runs.Average(net)
    since, total = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        loss = loss_of(net, next(batches))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        average.update(net)
        total += loss.item()
        if step % REPORT_EVERY_STEPS == 0:
            seconds = time.monotonic() - since
            print(f"step {step} loss {total / REPORT_EVERY_STEPS:.4f} {seconds:.0f} s", flush=True)
            total = 0.0
        if step % SAVE_EVERY_STEPS == 0 or step == steps:
            print(share_exact(average.net, checks, config), flush=True)
            runs.save(average.net, arguments.out, config, arguments.config)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("plate_config.yaml"))
    parser.add_argument("--from", dest="start", type=Path, help="weights to go on from, now with Saudi photographs")
    parser.add_argument("--fold", default="all", help="the fold of Saudi plates to hold back: 0 to 4, all or none")
    parser.add_argument("--egypt-fold", type=int, help="a fold of Egyptian training plates to hold back, for calibrate.py")
    parser.add_argument("--steps", type=int, help="instead of the number in the config")
    parser.add_argument("--rate", type=float, help="instead of the config's learning rate of fine-tuning")
    arguments = parser.parse_args()
    train(arguments, load(arguments.config))


if __name__ == "__main__":
    main()
