"""One pass from the raw sets to one flat index with hashes, small pictures and plate crops.

    python detect/training prepare index --data DATA --out CACHE

DATA holds egypt/train, egypt/dev and saudi/dev, each with its labels.jsonl. Nothing of CACHE belongs into the repository.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

SETS = ("egypt/train", "egypt/dev", "saudi/dev")
# Small enough to carry (40 MB in all): the locator sees windows of 384 pixels, the reader rows of 160.
PICTURE_SIDE_PX = 576
PICTURE_QUALITY = 60
CROP_QUALITY = 90
CROP_MARGIN = 0.45
CROP_PLATE_WIDTH_PX = 288
FOLDS = 5


def fold_of(letters: str, digits: str) -> int:
    """Which of the five folds a plate belongs to: by its text, so that a repeated vehicle never sits on both sides."""
    return hashlib.sha256(f"{letters}-{digits}".encode()).digest()[0] % FOLDS


def prepare_picture(root: Path, name: str, row: dict[str, Any], out: Path) -> dict[str, Any]:
    """Writes the small picture and the crops of one labelled picture, and returns its index row."""
    source = root / name / row["image"]
    picture = Image.open(source).convert("RGB")
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    scale = min(1.0, PICTURE_SIDE_PX / max(picture.size))
    small = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BILINEAR)
    small_path = folder / f"{source.stem}.webp"
    small.save(small_path, quality=PICTURE_QUALITY, method=4)
    plates = []
    for number, plate in enumerate(row["plates"]):
        x, y, w, h = plate["box"]
        jurisdiction = "EG" if name.startswith("egypt") else "SA"
        entry: dict[str, Any] = {"box": [value * scale for value in (x, y, w, h)], "full_box": [x, y, w, h], "jurisdiction": jurisdiction}
        if "letters" in plate:
            crop_path = folder / f"{source.stem}-{number}.webp"
            entry |= crop(picture, (x, y, w, h), crop_path, out)
            entry |= {"letters": plate["letters"], "digits": plate["digits"]}
            entry["fold"] = fold_of(plate["letters"], plate["digits"])
        plates.append(entry)
    folds = [plate["fold"] for plate in plates if "fold" in plate]
    return {
        "set": name,
        "image": row["image"],
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "size": list(picture.size),
        "small": str(small_path.relative_to(out)),
        "fold": folds[0] if folds else fold_of(row["image"], ""),
        "plates": plates,
    }


def small_picture(cache: Path, row: dict[str, Any]) -> np.ndarray:
    """The small picture of an index row, height x width x red, green, blue."""
    path = cache / row["small"]
    pixels = cv2.imread(str(path))
    if pixels is None:
        raise FileNotFoundError(f"{path} is missing or no picture; run `prepare index` again")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def crop(picture: Image.Image, box: tuple[float, float, float, float], path: Path, out: Path) -> dict[str, Any]:
    """Saves the plate with a margin for jitter and gives the plate's box inside that crop."""
    x, y, w, h = box
    left, top = max(0, int(x - CROP_MARGIN * w)), max(0, int(y - CROP_MARGIN * h))
    right = min(picture.width, int(x + w + CROP_MARGIN * w) + 1)
    bottom = min(picture.height, int(y + h + CROP_MARGIN * h) + 1)
    part = picture.crop((left, top, right, bottom))
    scale = min(1.0, CROP_PLATE_WIDTH_PX / w)
    size = (max(1, round(part.width * scale)), max(1, round(part.height * scale)))
    part = part.resize(size, Image.Resampling.BILINEAR)
    part.save(path, quality=CROP_QUALITY, method=4)
    inside = [(x - left) * scale, (y - top) * scale, w * scale, h * scale]
    return {"crop": str(path.relative_to(out)), "crop_box": inside}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "index.jsonl").open("w", encoding="utf-8") as index:
        for name in SETS:
            labels = (arguments.data / name / "labels.jsonl").read_text(encoding="utf-8").splitlines()
            for line in labels:
                row = prepare_picture(arguments.data, name, json.loads(line), arguments.out)
                index.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"{name}: {len(labels)} pictures")
