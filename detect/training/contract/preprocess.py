"""What happens to pixels between a decoded picture and a net; detect/src/preprocess.rs does the same, bit for bit but for
the resizer's rounding. Pillow's bilinear filter widens when shrinking (no aliasing), as fast_image_resize's does.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from contract.config import Extent, LocateInput, ReadInput

Box = tuple[float, float, float, float]


def letterbox(picture: Image.Image, contract: LocateInput) -> tuple[np.ndarray, float]:
    """The picture scaled to fit the top left corner, 3 x height x width as bytes, and the scale; padded as little as may be."""
    scale = min(contract.width_px / picture.width, contract.height_px / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    multiple = contract.multiple_px
    width, height = (-(-side // multiple) * multiple for side in size)
    width, height = min(width, contract.width_px), min(height, contract.height_px)
    canvas = np.full((height, width, 3), contract.pad_value, np.uint8)
    canvas[: size[1], : size[0]] = np.asarray(picture.resize(size, Image.Resampling.BILINEAR))
    return canvas.transpose(2, 0, 1), scale


def row_box(box: Box, extent: Extent, limits: tuple[int, int]) -> Box:
    """Left, top, right, bottom of a row of the plate at `box` (x, y, width, height), cut at the picture's limits."""
    x, y, width, height = box
    left = min(max(x + extent.left * width, 0.0), limits[0] - 1.0)
    top = min(max(y + extent.top * height, 0.0), limits[1] - 1.0)
    right = max(min(x + extent.right * width, float(limits[0])), left + 1.0)
    bottom = max(min(y + extent.bottom * height, float(limits[1])), top + 1.0)
    return left, top, right, bottom


def row_pixels(picture: Image.Image, box: Box, extent: Extent, contract: ReadInput) -> np.ndarray:
    """One row of the plate as grey values, height x width, 0 to 255."""
    part = row_box(box, extent, picture.size)
    size = (contract.width_px, contract.height_px)
    pixels = np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box=part), np.float32)
    return pixels @ np.array([0.299, 0.587, 0.114], np.float32)


def normalised(pixels: np.ndarray, contract: LocateInput | ReadInput) -> np.ndarray:
    """Bytes to what the net was trained on."""
    numbers = contract.normalisation
    return (pixels.astype(np.float32) * np.float32(numbers.scale) - np.float32(numbers.mean)) / np.float32(numbers.deviation)
