"""Makes the pictures beside it: a drawn pattern, compressed by OpenCV and Pillow (both libjpeg-turbo)."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent
SAMPLING = {
    "444": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "440": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    "422": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "420": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "411": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
}


def pattern(width: int, height: int) -> np.ndarray:
    """Slopes, stripes, a coloured disc, dark strokes, and noise as a camera has it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    picture = np.stack([60 + 150 * x / width, 200 - 120 * y / height, 90 + 60 * np.sin(x / 3)], axis=2)
    picture[(x - width * 0.7) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) / 4) ** 2] = (30, 40, 220)
    picture[(x // 5 + y // 9) % 6 == 0] = (20, 20, 20)
    picture += np.random.default_rng(7).normal(0, 5, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def write(name: str, picture: np.ndarray, *options: int) -> None:
    """Compresses with OpenCV's options."""
    assert cv2.imwrite(str(FOLDER / f"{name}.jpg"), picture, list(options))


def main() -> None:
    """Writes all of them."""
    for sampling, factor in SAMPLING.items():
        for width, height in ((131, 77), (7, 5)):
            options = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor, cv2.IMWRITE_JPEG_QUALITY, 85)
            write(f"{sampling}-{width}x{height}", pattern(width, height), *options)
    write("420-1x1", pattern(1, 1))
    write("420-17x33", pattern(17, 33))
    write("420-8190x9", pattern(8190, 9), cv2.IMWRITE_JPEG_QUALITY, 20)
    for quality in (40, 100):
        options = (cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1)
        write(f"420-quality-{quality}", pattern(80, 60), *options)
    write("420-restart-7", pattern(300, 90), cv2.IMWRITE_JPEG_RST_INTERVAL, 7)
    write("420-restart-1", pattern(60, 40), cv2.IMWRITE_JPEG_RST_INTERVAL, 1)
    write("grey-61x43", pattern(61, 43)[:, :, 0])
    write("progressive", pattern(61, 43), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    Image.fromarray(pattern(61, 43)).convert("CMYK").save(FOLDER / "cmyk.jpg")


if __name__ == "__main__":
    main()
