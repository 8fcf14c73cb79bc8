"""Samples for the locator: whole pictures, turned, cropped and recoloured, some with drawn plates or signs put into them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import IterableDataset

from contract.config import LocateContract, LocateInput
from contract.preprocess import Box, letterbox
from prepare import augment, drawn, foreign
from prepare.index import small_picture

# How many Egyptian pictures get drawn Saudi plates, and how many of all get plates of other countries, or signs.
SAUDI_PASTE_SHARE = 0.3
FOREIGN_PASTE_SHARE = 0.15
SIGN_SHARE = 0.2
# How many pictures are Saudi photographs.
SAUDI_SHARE = 0.4
WHOLE_PICTURE_SHARE = 0.35
# How many pictures are turned far, and how far; the others as a hand turns a camera.
TURNED_SHARE = 0.45
TURNED_DEGREES = 28.0
SLIGHTLY_TURNED_DEGREES = 2.5
# How far perspective moves a corner of the window, in shares of its side.
PERSPECTIVE = 0.04
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
            pixels = small_picture(cache, row)
            boxes = tuple(tuple(plate["box"]) for plate in row["plates"])
            classes = tuple(contract.classes.index(plate["jurisdiction"]) for plate in row["plates"])
            scenes.append(Scene(pixels, boxes, classes, row["fold"]))
    return scenes


def corners_of(box: Box) -> np.ndarray:
    """Top left, top right, bottom right, bottom left."""
    x, y, width, height = box
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64)


def paste_plate(pixels: np.ndarray, box: Box, plate: Image.Image, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Covers the plate at `box` by the drawn `plate`, slightly turned, in the light of its surroundings; gives its corners."""
    x, y, width, height = box
    long = plate.width > 3 * plate.height
    new_width = width * (random.uniform(1.0, 1.5) if long else random.uniform(0.8, 1.05))
    new_height = new_width * plate.height / plate.width
    corners = corners_of((x + (width - new_width) / 2, y + (height - new_height) / 2, new_width, new_height))
    slant = random.normal(0.0, 0.04) * new_width
    corners = corners + np.array([[0, 0], [0, slant], [0, slant], [0, 0]]) + random.normal(0.0, 0.012, (4, 2)) * new_width
    x0, y0, x1, y1 = (int(value) for value in (x, y, x + width, y + height))
    old = pixels[max(0, y0) : y1, max(0, x0) : x1]
    brightness = float(np.clip(old.mean() / 140.0 if old.size else 1.0, 0.35, 1.15))
    covered = pixels.copy()
    surround = pixels[max(0, y0 - 12) : y1 + 12, max(0, x0 - 12) : x1 + 12].reshape(-1, 3)
    covered[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = np.median(surround, axis=0) * random.uniform(0.5, 1.0)
    return warp_in(covered, corners, plate, brightness * random.uniform(0.85, 1.15)), corners


def warp_in(pixels: np.ndarray, corners: np.ndarray, plate: Image.Image, brightness: float) -> np.ndarray:
    """The picture with `plate` at `corners`."""
    width = float(np.linalg.norm(corners[1] - corners[0]))
    face = cv2.resize(np.asarray(plate), None, fx=2.0, fy=2.0) if width > 300 else np.asarray(plate)
    shrink = min(1.0, 1.6 * width / face.shape[1])
    face = cv2.resize(face, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    face = (face * brightness).clip(0, 255).astype(np.uint8)
    h, w = face.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    size = (pixels.shape[1], pixels.shape[0])
    image = cv2.warpPerspective(face, matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((h, w), 255, np.uint8), matrix, size)[:, :, None] / 255.0
    return (pixels * (1.0 - mask) + image * mask).astype(np.uint8)


def paste_sign(pixels: np.ndarray, plates: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
    """A sign somewhere beside the plates; it is no plate, so nothing is labelled."""
    plate = foreign.sign(random)
    width = pixels.shape[1] * float(np.exp(random.uniform(np.log(0.06), np.log(0.35))))
    height = width * plate.height / plate.width
    box = (random.uniform(0, max(1.0, pixels.shape[1] - width)), random.uniform(0, max(1.0, pixels.shape[0] - height)), width, height)
    corners = corners_of(box) + random.normal(0.0, 0.03, (4, 2)) * width
    low, high = corners.min(axis=0) - 4, corners.max(axis=0) + 4
    if any((other.max(axis=0) > low).all() and (other.min(axis=0) < high).all() for other in plates):
        return pixels
    return warp_in(pixels, corners, plate, random.uniform(0.5, 1.0))


def turn_of(random: np.random.Generator) -> float:
    """Degrees to turn a picture by."""
    if random.random() < TURNED_SHARE:
        return random.uniform(-TURNED_DEGREES, TURNED_DEGREES)
    return random.normal(0.0, SLIGHTLY_TURNED_DEGREES)


def seen_from_elsewhere(
    pixels: np.ndarray, start: np.ndarray, centre: tuple[float, float], contract: LocateInput, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The window on the picture that the matrix `start` makes, turned about `centre` and in perspective, with its matrix."""
    turn = np.vstack([cv2.getRotationMatrix2D(centre, turn_of(random), 1.0), [0, 0, 1]])
    width, height = contract.width_px, contract.height_px
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + random.normal(0.0, PERSPECTIVE, (4, 2)).clip(-0.1, 0.1) * (width, height)
    tilt = cv2.getPerspectiveTransform(corners, moved.astype(np.float32)) if random.random() < 0.5 else np.eye(3)
    matrix = tilt @ turn @ start
    return cv2.warpPerspective(pixels, matrix, (width, height), borderValue=(contract.pad_value,) * 3), matrix


def moved_by(matrix: np.ndarray, plates: list[np.ndarray]) -> list[np.ndarray]:
    """The corners of the plates after the matrix."""
    return [cv2.perspectiveTransform(plate[None], matrix)[0] for plate in plates]


def zoomed(
    pixels: np.ndarray, plates: list[np.ndarray], contract: LocateInput, random: np.random.Generator
) -> tuple[np.ndarray, list[np.ndarray]]:
    """A random window on the picture in which one of its plates has a random width."""
    chosen = plates[int(random.integers(len(plates)))]
    low, high = chosen.min(axis=0), chosen.max(axis=0)
    width_px = float(np.exp(random.uniform(np.log(PLATE_WIDTH_PX[0]), np.log(PLATE_WIDTH_PX[1]))))
    scale = float(np.clip(width_px / (high[0] - low[0]), 0.2, 2.2))
    size = (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale)))
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    (x, y), (width, height) = low * scale, (high - low) * scale
    left = random.uniform(min(4.0, contract.width_px - width - 4), max(4.0, contract.width_px - width - 4)) - x
    top = random.uniform(min(4.0, contract.height_px - height - 4), max(4.0, contract.height_px - height - 4)) - y
    start = np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]])
    centre = (left + x + width / 2, top + y + height / 2)
    window, matrix = seen_from_elsewhere(pixels, start, centre, contract, random)
    return window, moved_by(matrix @ np.diag([scale, scale, 1.0]), plates)


def whole(
    pixels: np.ndarray, plates: list[np.ndarray], contract: LocateInput, random: np.random.Generator
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The picture as it is letterboxed, every other time turned."""
    frame, scale = letterbox(Image.fromarray(pixels), contract)
    window = np.full((contract.height_px, contract.width_px, 3), contract.pad_value, np.uint8)
    window[: frame.shape[1], : frame.shape[2]] = frame.transpose(1, 2, 0)
    plates = [plate * scale for plate in plates]
    if random.random() < 0.5:
        return window, plates
    centre = (pixels.shape[1] * scale / 2, pixels.shape[0] * scale / 2)
    window, matrix = seen_from_elsewhere(window, np.eye(3), centre, contract, random)
    return window, moved_by(matrix, plates)


@dataclass(frozen=True)
class Targets:
    """What the net should say: heat (classes x cells), edges (4 x cells), corners (8 x cells), and how much a cell's geometry counts."""

    heat: np.ndarray
    edges: np.ndarray
    corners: np.ndarray
    weight: np.ndarray


def targets(plates: list[np.ndarray], classes: list[int], contract: LocateContract) -> Targets:
    """The answer to a window with these corners of plates; those with their centre outside are none."""
    stride = contract.output.stride_px
    rows, columns = contract.input.height_px // stride, contract.input.width_px // stride
    heat = np.zeros((len(contract.classes), rows, columns), np.float32)
    edges, corners = np.ones((4, rows, columns), np.float32), np.zeros((8, rows, columns), np.float32)
    weight = np.zeros((rows, columns), np.float32)
    across, down = np.meshgrid(np.arange(columns), np.arange(rows))
    x_centre, y_centre = (across + 0.5) * stride, (down + 0.5) * stride
    for plate, number in zip(plates, classes, strict=True):
        (x0, y0), (x1, y1) = plate.min(axis=0), plate.max(axis=0)
        column, row = int((x0 + x1) / 2 // stride), int((y0 + y1) / 2 // stride)
        if not (0 <= column < columns and 0 <= row < rows):
            continue
        spread_x = max(SMALLEST_GAUSSIAN_CELLS, (x1 - x0) / stride / 8)
        spread_y = max(SMALLEST_GAUSSIAN_CELLS, (y1 - y0) / stride / 8)
        bell = np.exp(-(((across - column) / spread_x) ** 2 + ((down - row) / spread_y) ** 2) / 2)
        heat[number] = np.maximum(heat[number], bell)
        nearer = bell * (bell > 0.25) > weight
        own = np.stack([x_centre - x0, y_centre - y0, x1 - x_centre, y1 - y_centre])
        nearer &= (own > 0).all(axis=0)
        edges = np.where(nearer[None], own, edges).astype(np.float32)
        reach = np.concatenate([[x - x_centre, y - y_centre] for x, y in plate])
        corners = np.where(nearer[None], reach, corners).astype(np.float32)
        weight = np.where(nearer, bell, weight).astype(np.float32)
    return Targets(heat, edges, corners, weight)


class SceneStream(IterableDataset):
    """An endless stream of (frame in bytes, heat map, edges, corners, weight, fold of the picture)."""

    def __init__(self, egypt: list[Scene], saudi: list[Scene], contract: LocateContract, seed: int) -> None:
        self.egypt, self.saudi, self.contract, self.seed = egypt, saudi, contract, seed
        self.drawn = drawn.Pool()

    def scene(self, random: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray], list[int], int]:
        """Pixels, corners and classes of the plates, and fold of one picture."""
        pool = self.saudi if random.random() < SAUDI_SHARE else self.egypt
        scene = pool[int(random.integers(len(pool)))]
        pixels, plates, classes = scene.pixels, [corners_of(box) for box in scene.boxes], list(scene.classes)
        dice = random.random()
        for number, box in enumerate(scene.boxes):
            if dice < FOREIGN_PASTE_SHARE:
                pixels, plates[number] = paste_plate(pixels, box, foreign.foreign_plate(random), random)
                classes[number] = self.contract.classes.index("other")
            elif pool is self.egypt and dice < FOREIGN_PASTE_SHARE + SAUDI_PASTE_SHARE:
                pixels, plates[number] = paste_plate(pixels, box, self.drawn.plate(random).picture, random)
                classes[number] = self.contract.classes.index("SA")
        if random.random() < SIGN_SHARE:
            pixels = paste_sign(pixels, plates, random)
        return pixels, plates, classes, scene.fold

    def __iter__(self) -> Iterator[tuple[torch.Tensor | int, ...]]:
        info = torch.utils.data.get_worker_info()
        random = np.random.default_rng([self.seed, info.id if info else 0])
        while True:
            pixels, plates, classes, fold = self.scene(random)
            view = whole if random.random() < WHOLE_PICTURE_SHARE else zoomed
            window, plates = view(pixels, plates, self.contract.input, random)
            window = augment.optics(augment.light(augment.colours(window, random), random), random, 0.6)
            answer = targets(plates, classes, self.contract)
            arrays = (answer.heat, answer.edges, answer.corners, answer.weight)
            yield torch.from_numpy(window.transpose(2, 0, 1).copy()), *(torch.from_numpy(array) for array in arrays), fold
