"""The four corners of a plate in a picture and what lies between them; detect/src/corners.rs does the same in Rust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contract.config import Extent, ReadInput

# Most samples across one pixel of a rectified row.
SAMPLES_MAX = 4
FLAT = 1e-6
# Corners whose bounds share less than this with the plate's box are not believed.
BELIEVED_OVERLAP = 0.5
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Perspective:
    """From shares of the plate's width and height to pixels (Heckbert 1989, square to quadrilateral)."""

    across: np.ndarray
    down: np.ndarray
    depth: np.ndarray

    def at(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels at shares, which may lie outside 0 to 1."""
        depth = self.depth[0] * u + self.depth[1] * v + 1.0
        x = (self.across[0] * u + self.across[1] * v + self.across[2]) / depth
        return x, (self.down[0] * u + self.down[1] * v + self.down[2]) / depth

    def part(self, extent: Extent) -> np.ndarray:
        """The corners of a part of the plate."""
        u = np.array([extent.left, extent.right, extent.right, extent.left])
        v = np.array([extent.top, extent.top, extent.bottom, extent.bottom])
        return np.stack(self.at(u, v), 1)


def perspective(corners: np.ndarray) -> Perspective:
    """Between the corners top left, top right, bottom right, bottom left."""
    p0, p1, p2, p3 = corners
    d1, d2, d3 = p1 - p2, p3 - p2, p0 - p1 + p2 - p3
    divisor = d1[0] * d2[1] - d2[0] * d1[1]
    flat = abs(divisor) < FLAT
    g = 0.0 if flat else (d3[0] * d2[1] - d2[0] * d3[1]) / divisor
    h = 0.0 if flat else (d1[0] * d3[1] - d3[0] * d1[1]) / divisor
    rows = np.stack([p1 - p0 + g * p1, p3 - p0 + h * p3, p0])
    return Perspective(rows[:, 0], rows[:, 1], np.array([g, h]))


def turned_degrees(corners: np.ndarray) -> float:
    """How far the writing runs off the horizontal, 0 to 180."""
    across, down = corners[1] - corners[0] + corners[2] - corners[3]
    return float(abs(np.degrees(np.arctan2(down, across))))


def believable(corners: np.ndarray, box: tuple[float, float, float, float]) -> bool:
    """Whether they go round without crossing and fit the plate's box (x, y, width, height)."""
    ahead, behind = np.roll(corners, -1, 0) - corners, np.roll(corners, -2, 0) - np.roll(corners, -1, 0)
    if (ahead[:, 0] * behind[:, 1] - ahead[:, 1] * behind[:, 0] <= 0).any():
        return False
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    x, y, width, height = box
    shared = max(0.0, min(x1, x + width) - max(x0, x)) * max(0.0, min(y1, y + height) - max(y0, y))
    return shared / ((x1 - x0) * (y1 - y0) + width * height - shared + 1e-9) >= BELIEVED_OVERLAP


def grey_at(grey: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Between the four neighbours; beyond the border, the border."""
    bottom, right = grey.shape[0] - 1, grey.shape[1] - 1
    x, y = np.clip(x - 0.5, 0, right), np.clip(y - 0.5, 0, bottom)
    column, line = x.astype(int), y.astype(int)
    across, down = x - column, y - line
    next_column, next_line = np.minimum(column + 1, right), np.minimum(line + 1, bottom)
    upper = grey[line, column] * (1 - across) + grey[line, next_column] * across
    lower = grey[next_line, column] * (1 - across) + grey[next_line, next_column] * across
    return upper * (1 - down) + lower * down


def turned_row(picture: np.ndarray, corners: np.ndarray, extent: Extent, contract: ReadInput) -> np.ndarray:
    """A row of the plate, rectified, as grey values, height x width, 0 to 255."""
    row = perspective(corners).part(extent)
    length = max(np.linalg.norm(row[1] - row[0]), np.linalg.norm(row[2] - row[3]))
    samples = int(np.clip(np.ceil(length / contract.width_px), 1, SAMPLES_MAX))
    width, height = contract.width_px, contract.height_px
    u, v = np.meshgrid((np.arange(width * samples) + 0.5) / (width * samples), (np.arange(height * samples) + 0.5) / (height * samples))
    x, y = perspective(row).at(u, v)
    x0, y0 = max(0, int(x.min()) - 2), max(0, int(y.min()) - 2)
    part = picture[y0 : int(y.max()) + 3, x0 : int(x.max()) + 3]
    if part.size == 0:
        part, x0, y0 = picture, 0, 0
    seen = grey_at(part.astype(np.float32) @ LUMA, x - x0, y - y0)
    return seen.reshape(height, samples, width, samples).mean(axis=(1, 3)).astype(np.float32)
