"""Writes ONNX files, contracts, checksums and golden vectors into detect/models and detect/tests/golden.

    python detect/training export nets --locate RUN --read RUN --models detect/models --cache CACHE
    python detect/training export nets --locate RUN --read RUN --models detect/models --cache CACHE \\
        --golden detect/tests/golden --pictures FOLDER

Each exported net is compared with PyTorch on random input first; a difference over PARITY_TOLERANCE stops the export. With
--cache the nets are then brought to 8 bits on samples of training (quantise.py), as the committed ones are.
Golden pictures are those of FOLDER, which must be drawn or freely licensed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
import yaml
from PIL import Image
from torch import nn

from contract.config import CONFIG_FILE, PlateConfig, load
from contract.decode import FIRST_LOOK, Located, RowsSeen, locate, near_and_far
from contract.preprocess import letterbox, normalised
from evaluate.pictures import Sight, rows_of
from export.quantise import frame_samples, quantise, read_samples
from train import runs
from train.model import Locator, Reader

PARITY_TOLERANCE = 2e-4
OPSET = 17
LICENCE = "Apache-2.0; see MODEL_CARD.md for the training data"


def export_net(net: nn.Module, example: torch.Tensor, names: tuple[str, list[str]], path: Path, free_size: bool = False) -> None:
    """One net with a free batch axis, and free height and width with `free_size`; compared with PyTorch at other sizes."""
    net.eval()
    free = {0: "batch", 2: "height", 3: "width"} if free_size else {0: "batch"}
    axes = {name: dict(free) for name in (names[0], *names[1])}
    torch.onnx.export(
        net, (example,), str(path), input_names=[names[0]], output_names=names[1], dynamic_axes=axes, opset_version=OPSET
    )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for batch in (1, 3):
        height = example.shape[2] // 2 if free_size and batch == 3 else example.shape[2]
        random = torch.randn(batch, example.shape[1], height, example.shape[3])
        with torch.no_grad():
            expected = net(random)
        expected = expected if isinstance(expected, tuple) else (expected,)
        for ours, theirs in zip(session.run(None, {names[0]: random.numpy()}), expected, strict=True):
            error = float(np.abs(ours - theirs.numpy()).max() / max(1.0, float(theirs.abs().max())))
            if error > PARITY_TOLERANCE:
                raise RuntimeError(f"{path.name} differs from PyTorch by {error}")
            print(f"{path.name} batch {batch}: differs from PyTorch by at most {error:.1e}")


def write_contracts(config: PlateConfig, models: Path) -> None:
    """The two contracts and models.lock."""
    lock = []
    for kind, contract in (("locate", config.locate), ("read", config.read)):
        text = yaml.safe_dump(contract.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=110)
        head = "# Written by `python detect/training export nets`; unknown keys are refused.\n"
        (models / f"{kind}.yaml").write_text(head + text, encoding="utf-8")
        for suffix in ("onnx", "yaml"):
            digest = hashlib.sha256((models / f"{kind}.{suffix}").read_bytes()).hexdigest()
            lock.append({"file": f"{kind}.{suffix}", "version": contract.version, "sha256": digest, "licence": LICENCE})
    head = "# What detect/models holds; detect refuses to load a file whose SHA-256 differs.\n"
    (models / "models.lock").write_text(head + yaml.safe_dump({"files": lock}, sort_keys=False, width=110), encoding="utf-8")


class ExportedNets:
    """Both nets as they are shipped."""

    def __init__(self, config: PlateConfig, models: Path) -> None:
        self.config = config
        options = {"providers": ["CPUExecutionProvider"]}
        self.locator = onnxruntime.InferenceSession(str(models / "locate.onnx"), **options)
        self.reader = onnxruntime.InferenceSession(str(models / "read.onnx"), **options)

    def located(self, picture: Image.Image, smaller: int) -> list[Located]:
        """As `evaluate.pictures.Nets.located`."""
        contract = self.config.locate
        seen, scale = letterbox(picture, contract.input.smaller(smaller))
        answer = self.locator.run(None, {contract.input.name: normalised(seen, contract.input)[None]})
        return locate(tuple(part[0] for part in answer), scale, picture.size, contract)

    def rows(self, rows: list[np.ndarray]) -> RowsSeen:
        """As `evaluate.pictures.Nets.rows`."""
        return RowsSeen.of(*self.reader.run(None, {self.config.read.input.name: np.stack(rows)[:, None]}))


def golden_plates(nets: ExportedNets, picture: Image.Image) -> list[dict[str, Any]]:
    """What each step gives for the plates of a picture, where they were looked at last."""
    plates = []
    for found in near_and_far(lambda smaller: nets.located(picture, smaller), picture.width, nets.config.locate):
        sight = Sight(nets, picture, found)
        seen = sight.seen(found.jurisdiction)
        text, where = seen.text, sight.plate
        if not text.complete:
            continue
        rows = rows_of(picture, where, FIRST_LOOK, nets.config)
        plates.append({
            "jurisdiction": where.jurisdiction, "score": where.score, "box": list(where.box), "corners": where.corners.tolist(),
            "foreign": where.foreign, "suspicions": seen.suspicions.tolist(),
            "letters": text.letters, "digits": text.digits, "confidence": text.confidence, "rows_agree": text.rows_agree,
            "row_means": [float(row.mean()) for row in rows], "row_samples": [row[::12, ::16].ravel().tolist() for row in rows],
            "best_classes": [row.argmax(axis=1).tolist() for row in nets.rows(rows).scores],
        })
    return plates


def golden(config: PlateConfig, models: Path, pictures: Path, out: Path) -> None:
    """For every picture of the folder: what each step gives, from the exported nets."""
    out.mkdir(parents=True, exist_ok=True)
    nets = ExportedNets(config, models)
    vectors = []
    for path in sorted(path for path in pictures.iterdir() if path.suffix in {".png", ".jpg"}):
        picture = Image.open(path).convert("RGB")
        picture.save(out / path.name, optimize=True)
        frame, _ = letterbox(picture, config.locate.input)
        values = normalised(frame, config.locate.input)
        plates = golden_plates(nets, picture)
        sample = values[:, ::48, ::48].ravel().tolist()
        vectors.append({"picture": path.name, "frame_mean": float(values.mean()), "frame_samples": sample, "plates": plates})
    if not vectors:
        raise RuntimeError(f"no PNG picture lies in {pictures}")
    document = json.dumps({"vectors": vectors}, ensure_ascii=False, indent=1)
    (out / "vectors.json").write_text(document + "\n", encoding="utf-8")
    print(f"{len(vectors)} golden vectors")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--locate", type=Path, required=True)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIG_FILE)
    parser.add_argument("--cache", type=Path, help="what `prepare index` wrote; without it the nets keep 32 bits")
    parser.add_argument("--golden", type=Path)
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    config = load(arguments.config)
    locator, reader = Locator(config.locate), Reader(config.read)
    runs.restore(locator, arguments.locate)
    runs.restore(reader, arguments.read)
    arguments.models.mkdir(parents=True, exist_ok=True)
    frame, row = config.locate.input, config.read.input
    output = config.locate.output
    names = (frame.name, [output.heatmap, output.edges, output.corners])
    export_net(locator, torch.randn(1, 3, frame.height_px, frame.width_px), names, arguments.models / "locate.onnx", free_size=True)
    example = torch.randn(1, 1, row.height_px, row.width_px)
    export_net(reader, example, (row.name, [config.read.output.name, config.read.output.suspicions]), arguments.models / "read.onnx")
    if arguments.cache:
        read_outputs = [config.read.output.name, config.read.output.suspicions]
        floor = config.locate.score_floor
        quantise(arguments.models / "read.onnx", read_samples(arguments.cache, config), read_outputs, floor)
        quantise(arguments.models / "locate.onnx", frame_samples(arguments.cache, config), names[1], floor)
    write_contracts(config, arguments.models)
    if arguments.golden and arguments.pictures:
        golden(config, arguments.models, arguments.pictures, arguments.golden)
