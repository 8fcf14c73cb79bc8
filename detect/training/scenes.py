"""Samples for the locator: whole pictures, cropped and recoloured, some with Saudi plates put over Egyptian ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import IterableDataset

import augment
import drawn
from config import LocateContract, LocateInput
from preprocess import Box, letterbox

PASTE_SHARE = 0.35
# How many pictures are Saudi photographs.
SAUDI_SHARE = 0.4
WHOLE_PICTURE_SHARE = 0.35
PLATE_WIDTH_PX = (15.0, 190.0)
SMALLEST_GAUSSIAN_CELLS = 0.8


@dataclass(frozen=True)
class Scene:
    """One picture (red, green, blue) with its plates."""

    pixels: np.ndarray
    boxes: tuple[Box, ...]
    classes: tuple[int, ...]
    fold: int


def load_scenes(cache: Path, name: str, contract: LocateContract) -> list[Scene]:
    """All pictures of one set."""
    scenes = []
    for line in (cache / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] == name:
            pixels = cv2.cvtColor(cv2.imread(str(cache / row["small"])), cv2.COLOR_BGR2RGB)
            boxes = tuple(tuple(plate["box"]) for plate in row["plates"])
            classes = tuple(contract.classes.index(plate["jurisdiction"]) for plate in row["plates"])
            scenes.append(Scene(pixels, boxes, classes, row["fold"]))
    return scenes


def paste_saudi(pixels: np.ndarray, box: Box, plate: Image.Image, random: np.random.Generator) -> tuple[np.ndarray, Box]:
    """Covers the plate at `box` by the drawn Saudi `plate`, slightly turned, in the light of its surroundings."""
    x, y, width, height = box
    long = plate.width > 3 * plate.height
    new_width = width * (random.uniform(1.0, 1.5) if long else random.uniform(0.8, 1.05))
    new_height = new_width * plate.height / plate.width
    left, top = x + (width - new_width) / 2, y + (height - new_height) / 2
    corners = np.array([[left, top], [left + new_width, top], [left + new_width, top + new_height], [left, top + new_height]])
    slant = random.normal(0.0, 0.04) * new_width
    corners = corners + np.array([[0, 0], [0, slant], [0, slant], [0, 0]]) + random.normal(0.0, 0.012, (4, 2)) * new_width
    face = cv2.resize(np.asarray(plate), None, fx=2.0, fy=2.0) if new_width > 300 else np.asarray(plate)
    shrink = min(1.0, 1.6 * new_width / face.shape[1])
    face = cv2.resize(face, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    h, w = face.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    size = (pixels.shape[1], pixels.shape[0])
    x0, y0, x1, y1 = (int(value) for value in (x, y, x + width, y + height))
    old = pixels[max(0, y0) : y1, max(0, x0) : x1]
    brightness = float(np.clip(old.mean() / 140.0 if old.size else 1.0, 0.35, 1.15))
    face = (face * brightness * random.uniform(0.85, 1.15)).clip(0, 255).astype(np.uint8)
    covered = pixels.copy()
    surround = pixels[max(0, y0 - 12) : y1 + 12, max(0, x0 - 12) : x1 + 12].reshape(-1, 3)
    covered[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = np.median(surround, axis=0) * random.uniform(0.5, 1.0)
    image = cv2.warpPerspective(face, matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((h, w), 255, np.uint8), matrix, size)[:, :, None] / 255.0
    mixed = covered * (1.0 - mask) + image * mask
    low, high = corners.min(axis=0), corners.max(axis=0)
    return mixed.astype(np.uint8), (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


def zoomed(
    pixels: np.ndarray, boxes: list[Box], contract: LocateInput, random: np.random.Generator
) -> tuple[np.ndarray, list[Box]]:
    """A random window on the picture in which one of its plates has a random width."""
    chosen = boxes[int(random.integers(len(boxes)))]
    width_px = float(np.exp(random.uniform(np.log(PLATE_WIDTH_PX[0]), np.log(PLATE_WIDTH_PX[1]))))
    scale = float(np.clip(width_px / chosen[2], 0.2, 2.2))
    size = (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale)))
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y, width, height = (value * scale for value in chosen)
    left = random.uniform(min(4.0, contract.width_px - width - 4), max(4.0, contract.width_px - width - 4)) - x
    top = random.uniform(min(4.0, contract.height_px - height - 4), max(4.0, contract.height_px - height - 4)) - y
    angle = random.normal(0.0, 2.5)
    centre = (left + x + width / 2, top + y + height / 2)
    turn = np.vstack([cv2.getRotationMatrix2D(centre, angle, 1.0), [0, 0, 1]])
    matrix = (turn @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]]))[:2]
    fill = (contract.pad_value,) * 3
    window = cv2.warpAffine(pixels, matrix, (contract.width_px, contract.height_px), borderValue=fill)
    moved = []
    for bx, by, bw, bh in boxes:
        middle = matrix @ np.array([(bx + bw / 2) * scale, (by + bh / 2) * scale, 1.0])
        tall = bh + abs(np.sin(np.deg2rad(angle))) * bw
        moved.append((middle[0] - bw * scale / 2, middle[1] - tall * scale / 2, bw * scale, tall * scale))
    return window, moved


def targets(boxes: list[Box], classes: list[int], contract: LocateContract) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heat map (classes x cells), edges (4 x cells) and the weight of each cell's edges."""
    stride = contract.output.stride_px
    rows, columns = contract.input.height_px // stride, contract.input.width_px // stride
    heat = np.zeros((len(contract.classes), rows, columns), np.float32)
    edges = np.ones((4, rows, columns), np.float32)
    weight = np.zeros((rows, columns), np.float32)
    across, down = np.meshgrid(np.arange(columns), np.arange(rows))
    for (x, y, width, height), number in zip(boxes, classes, strict=True):
        column, row = int((x + width / 2) // stride), int((y + height / 2) // stride)
        if not (0 <= column < columns and 0 <= row < rows):
            continue
        spread_x = max(SMALLEST_GAUSSIAN_CELLS, width / stride / 8)
        spread_y = max(SMALLEST_GAUSSIAN_CELLS, height / stride / 8)
        bell = np.exp(-(((across - column) / spread_x) ** 2 + ((down - row) / spread_y) ** 2) / 2)
        heat[number] = np.maximum(heat[number], bell)
        nearer = bell * (bell > 0.25) > weight
        x_centre, y_centre = (across + 0.5) * stride, (down + 0.5) * stride
        own = np.stack([x_centre - x, y_centre - y, x + width - x_centre, y + height - y_centre])
        nearer &= (own > 0).all(axis=0)
        edges = np.where(nearer[None], own, edges).astype(np.float32)
        weight = np.where(nearer, bell, weight).astype(np.float32)
    return heat, edges, weight


class SceneStream(IterableDataset):
    """An endless stream of (frame in bytes, heat map, edges, weight, fold of the picture)."""

    def __init__(self, egypt: list[Scene], saudi: list[Scene], contract: LocateContract, seed: int) -> None:
        self.egypt, self.saudi, self.contract, self.seed = egypt, saudi, contract, seed
        self.drawn = drawn.Pool()

    def scene(self, random: np.random.Generator) -> tuple[np.ndarray, list[Box], list[int], int]:
        """Pixels, boxes, classes and fold of one picture."""
        pool = self.saudi if random.random() < SAUDI_SHARE else self.egypt
        scene = pool[int(random.integers(len(pool)))]
        pixels, boxes, classes = scene.pixels, list(scene.boxes), list(scene.classes)
        if pool is self.egypt and random.random() < PASTE_SHARE:
            for number, box in enumerate(boxes):
                pixels, boxes[number] = paste_saudi(pixels, box, self.drawn.plate(random).picture, random)
                classes[number] = self.contract.classes.index("SA")
        return pixels, boxes, classes, scene.fold

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        random = np.random.default_rng([self.seed, info.id if info else 0])
        while True:
            pixels, boxes, classes, fold = self.scene(random)
            if random.random() < WHOLE_PICTURE_SHARE:
                frame, scale = letterbox(Image.fromarray(pixels), self.contract.input)
                window = np.ascontiguousarray(frame.transpose(1, 2, 0))
                boxes = [(x * scale, y * scale, w * scale, h * scale) for x, y, w, h in boxes]
            else:
                window, boxes = zoomed(pixels, boxes, self.contract.input, random)
            window = augment.optics(augment.light(augment.colours(window, random), random), random, 0.6)
            heat, edges, weight = (torch.from_numpy(target) for target in targets(boxes, classes, self.contract))
            yield torch.from_numpy(window.transpose(2, 0, 1).copy()), heat, edges, weight, fold
