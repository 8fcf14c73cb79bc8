"""What rain, night, cheap lenses and codecs do to a picture; each function takes and gives bytes."""

from __future__ import annotations

import functools

import cv2
import numpy as np

cv2.setNumThreads(0)
# More than the largest sample has values.
NOISE_NUMBERS = 1 << 21


def colours(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Brightness, contrast, gamma and a colour cast, by one table for each channel."""
    values = np.arange(256, dtype=np.float32) / 255.0
    if random.random() < 0.5:
        values = values ** random.uniform(0.6, 1.7)
    values = (values - 0.5) * random.uniform(0.5, 1.35) + 0.5 + random.uniform(-0.18, 0.18)
    if pixels.ndim == 2:
        return cv2.LUT(pixels, (values.clip(0.0, 1.0) * 255.0).astype(np.uint8))
    values = values[:, None] * random.uniform(0.85, 1.15, (1, 3)).astype(np.float32)
    changed = cv2.LUT(pixels, (values.clip(0.0, 1.0) * 255.0).astype(np.uint8)[None])
    if random.random() < 0.12:
        changed = cv2.cvtColor(cv2.cvtColor(changed, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return changed


@functools.cache
def noise_bank() -> np.ndarray:
    """Normal numbers, drawn once: a sample takes a stretch of them from a random place."""
    return np.random.default_rng(7).standard_normal(NOISE_NUMBERS).astype(np.float32)


def optics(pixels: np.ndarray, random: np.random.Generator, strength: float) -> np.ndarray:
    """Defocus, motion, low resolution, noise and JPEG, each now and then; `strength` scales the blur."""
    height, width = pixels.shape[:2]
    if random.random() < 0.3:
        pixels = cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.3, 1.6) * strength + 0.05)
    if random.random() < 0.15:
        length = int(random.integers(3, 4 + round(5 * strength)))
        level = np.zeros((length, length), np.float32)
        level[length // 2, :] = 1.0 / length
        turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), random.uniform(0, 180), 1.0)
        smear = cv2.warpAffine(level, turn, (length, length))
        pixels = cv2.filter2D(pixels, -1, smear / np.float32(max(float(smear.sum()), 1e-3)))
    if random.random() < 0.3:
        factor = random.uniform(0.35 if strength >= 1.0 else 0.55, 0.9)
        small = cv2.resize(pixels, (max(8, int(width * factor)), max(8, int(height * factor))), interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if random.random() < 0.3:
        start = int(random.integers(0, NOISE_NUMBERS - pixels.size))
        noise = noise_bank()[start : start + pixels.size].reshape(pixels.shape) * np.float32(random.uniform(2.0, 14.0))
        pixels = (pixels + noise).clip(0, 255).astype(np.uint8)
    if random.random() < 0.3:
        _, code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(30, 95))])
        decoded = cv2.imdecode(code, cv2.IMREAD_UNCHANGED)
        assert decoded is not None, "it was encoded a line before"
        pixels = decoded
    return pixels


def light(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A shadow or glare that runs across, and now and then a patch of dirt."""
    height, width = pixels.shape[:2]
    values = pixels.astype(np.float32)
    if random.random() < 0.25:
        ramp = np.linspace(random.uniform(-60, 60), random.uniform(-60, 60), width, dtype=np.float32)[None, :]
        ramp = ramp + np.linspace(random.uniform(-30, 30), random.uniform(-30, 30), height, dtype=np.float32)[:, None]
        values += ramp if values.ndim == 2 else ramp[:, :, None]
    if random.random() < 0.1:
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        side = int(random.integers(2, max(3, height // 7)))
        values[y : y + side, x : x + side] = random.uniform(0, 255)
    return values.clip(0, 255).astype(np.uint8)
