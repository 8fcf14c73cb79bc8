"""The files that Rust reads. Left out where PyTorch is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from contract.config import CONFIG_FILE, ReadContract, load

CONFIG = load(CONFIG_FILE)


def test_the_exported_nets_give_what_pytorch_gives(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxruntime")
    from export.nets import export_net, write_contracts
    from export.quantise import quantise
    from train.model import Locator, Reader

    row, frame = CONFIG.read.input, CONFIG.locate.input
    export_net(Reader(CONFIG.read), torch.randn(1, 1, row.height_px, row.width_px), (row.name, ["logits", "suspicions"]), tmp_path / "read.onnx")
    names = (frame.name, ["heatmap", "edges", "corners"])
    export_net(Locator(CONFIG.locate), torch.randn(1, 3, frame.height_px, frame.width_px), names, tmp_path / "locate.onnx", free_size=True)
    sample = np.random.default_rng(1).normal(size=(1, 1, row.height_px, row.width_px)).astype(np.float32)
    quantise(tmp_path / "read.onnx", [sample], ["logits", "suspicions"], 0.3)
    assert b"QuantizeLinear" in (tmp_path / "read.onnx").read_bytes()
    write_contracts(CONFIG, tmp_path)
    assert ReadContract.model_validate(yaml.safe_load((tmp_path / "read.yaml").read_text())) == CONFIG.read
