"""Nets of 8 bits: a third less time on a processor, for reads that stay the same.

Weights become signed numbers of 7 bits by channel (with 8, sums overflow on processors without instructions for products of
bytes), activations unsigned bytes between the extremes seen on samples of training. What a net ends in stays as it is:
probabilities, distances and scores want more than 256 values.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

from contract.config import PlateConfig, RowName
from contract.plates import ROWS_OF
from contract.preprocess import letterbox, normalised, row_pixels
from prepare.index import small_picture
from prepare.rows import jittered, load_plates

FRAMES = 120
ROWS_OF_A_KIND = 150
SEED = 7
SETS = ("egypt/train", "saudi/dev")
# How far a net's outputs may stray: the share of best classes or of cells over the floor that must stay the same.
AGREEMENT = 0.985


class Samples(CalibrationDataReader):
    """Inputs, one after the other, under the name of the graph's input."""

    def __init__(self, name: str, values: list[np.ndarray]) -> None:
        self.name = name
        self.values: Iterator[np.ndarray] = iter(values)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next input, until there is none."""
        value = next(self.values, None)
        return None if value is None else {self.name: value}


def frame_samples(cache: Path, config: PlateConfig) -> list[np.ndarray]:
    """Letterboxed pictures of both countries."""
    entries = [json.loads(line) for line in (cache / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    random = np.random.default_rng(SEED)
    chosen: list[np.ndarray] = []
    for name in SETS:
        own = [entry for entry in entries if entry["set"] == name]
        for number in random.permutation(len(own))[: FRAMES // len(SETS)]:
            frame, _ = letterbox(Image.fromarray(small_picture(cache, own[number])), config.locate.input)
            chosen.append(normalised(frame, config.locate.input)[None])
    return chosen


def read_samples(cache: Path, config: PlateConfig) -> list[np.ndarray]:
    """Rows of both countries, at boxes that are a little off."""
    contract, random = config.read, np.random.default_rng(SEED)
    chosen: list[np.ndarray] = []
    for name in SETS:
        plates = load_plates(cache, name)
        names: tuple[RowName, ...] = ROWS_OF[plates[0].jurisdiction]
        for row in names:
            for number in random.permutation(len(plates))[:ROWS_OF_A_KIND]:
                box = jittered(plates[number].box, random, 0.7)
                pixels = row_pixels(plates[number].picture, box, getattr(contract.rows, row), contract.input)
                chosen.append(normalised(pixels, contract.input)[None, None])
    return chosen


def quantise(path: Path, samples: list[np.ndarray], outputs: list[str], floor: float) -> None:
    """Replaces the net at `path` by one of 8 bits; the last convolution before each of `outputs` stays as it is.

    `floor`: from which value on a cell of a frame is a plate.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / path.name
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(str(prepared))
        name = graph.graph.input[0].name
        before = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        expected = [before.run(outputs, {name: value}) for value in samples]
        quantize_static(
            str(prepared),
            str(path),
            Samples(name, samples),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=[last_convolution(graph, output) for output in outputs],
        )
    after = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    pairs = [(old[0], after.run(outputs, {name: value})[0]) for value, old in zip(samples, expected, strict=True)]
    same = [np.mean(told(old, floor) == told(new, floor)) for old, new in pairs]
    print(f"{path.name}: 8 bits tell the same at {np.mean(same):.4f} of all places", flush=True)
    if np.mean(same) < AGREEMENT:
        raise RuntimeError(f"{path.name}: nets of 8 and of 32 bits agree at only {np.mean(same):.4f} of all places")


def told(output: np.ndarray, floor: float) -> np.ndarray:
    """What a net's first output says: the class of each step of a row, whether a cell of a frame is a plate."""
    return output.argmax(axis=2) if output.ndim == 3 else output >= floor


def last_convolution(model: onnx.ModelProto, output: str) -> str:
    """The name of the convolution nearest before an output."""
    makers = {made: node for node in model.graph.node for made in node.output}
    waiting = [output]
    while waiting:
        node = makers.get(waiting.pop(0))
        if node is None:
            continue
        if node.op_type == "Conv":
            return node.name
        waiting += list(node.input)
    raise RuntimeError(f"no convolution lies before {output}")
