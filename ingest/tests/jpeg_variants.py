"""Makes JPEG files of every kind that cameras write from a picture that it draws, with the pixels that they must have.

    python3 ingest/tests/jpeg_variants.py FOLDER [--references]

`NAME.jpg` has the pixels of `NAME.ppm`, by `djpeg` of libjpeg-turbo (accurate transform, smooth upsampling); a file whose
name begins with `refused-` must be refused. With `--references` only the twenty small ones that are kept in the repository.
Needs cjpeg, djpeg and jpegtran (Debian: libjpeg-turbo-progs).
"""

import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

SOI, EOI, SOS, DHT, DQT, SOF0, COM = 0xD8, 0xD9, 0xDA, 0xC4, 0xDB, 0xC0, 0xFE
SAMPLING = {
    "444": "1x1", "422": "2x1", "420": "2x2", "440": "1x2", "411": "4x1", "410": "4x2", "441": "1x4",
    "chroma-over-luma-across": "1x1,2x1,2x1", "chroma-over-luma-down": "1x1,1x2,1x2",
    "chroma-over-luma": "1x1,2x2,2x2", "one-chroma-over": "1x1,2x1,1x1", "unlike-chroma": "2x2,2x1,1x2",
    "twice-444": "1x2,1x2,1x2", "422-of-4": "4x1,2x1,2x1", "luma-down-chroma-across": "1x2,2x1,1x1",
}
SCANS = {
    "y-cb-cr": "0;\n1;\n2;\n", "cb-cr-y": "1;\n2;\n0;\n", "cr-y-cb": "2;\n0;\n1;\n",
    "y-cbcr": "0;\n1 2;\n", "cbcr-y": "1 2;\n0;\n", "ycb-cr": "0 1;\n2;\n",
}
PROGRESSIONS = {
    "usual": None,
    "spectral": "0 1 2: 0-0, 0, 0;\n0: 1-9, 0, 0;\n2: 1-63, 0, 0;\n1: 1-63, 0, 0;\n0: 10-63, 0, 0;\n",
    "bits": "0: 0-0, 0, 1;\n1 2: 0-0, 0, 1;\n0: 1-63, 0, 2;\n1: 1-63, 0, 1;\n2: 1-63, 0, 1;\n0: 1-63, 2, 1;\n"
    "0 1 2: 0-0, 1, 0;\n0: 1-63, 1, 0;\n1: 1-63, 1, 0;\n2: 1-63, 1, 0;\n",
}
EXIF_HEAD = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"
SIZES = [(61, 43), (48, 32), (34, 18)]

Pixels = tuple[int, int, bytes]


def drawn(width: int, height: int, seed: int) -> Pixels:
    """Slopes, stripes, a disc in a strong colour, dark strokes, and noise as a camera has it."""
    chance = random.Random(seed)
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            colour = [60 + 150 * x / width, 200 - 120 * y / height, 90 + 60 * math.sin(x / 3 + seed)]
            if (x - width * 0.7) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) / 4) ** 2:
                colour = [220, 40, 30] if seed % 2 else [20, 60, 230]
            if (x // 5 + y // 9) % 6 == 0:
                colour = [20, 20, 20]
            pixels.extend(min(255, max(0, round(part + chance.gauss(0, 4)))) for part in colour)
    return width, height, bytes(pixels)


def ppm(picture: Pixels) -> bytes:
    """The picture as djpeg writes it."""
    width, height, pixels = picture
    return b"P6\n%d %d\n255\n" % (width, height) + pixels


def piped(program: str, *options: str, given: bytes) -> bytes:
    """What a program makes of its input."""
    return subprocess.run([program, *options], input=given, capture_output=True, check=True).stdout


def coded(folder: Path, picture: Pixels, *options: str, scans: str | None = None) -> bytes:
    """The picture by cjpeg."""
    if scans is not None:
        script = folder / "scans.txt"
        script.write_text(scans)
        options = (*options, "-scans", str(script))
    data = piped("cjpeg", "-quality", "88", *options, given=ppm(picture))
    if scans is not None:
        script.unlink()
    return data


def decoded(data: bytes) -> Pixels:
    """Its pixels by djpeg."""
    head, size, _, pixels = piped("djpeg", "-rgb", given=data).split(b"\n", 3)
    assert head == b"P6"
    width, height = size.split()
    return int(width), int(height), pixels


def segments(data: bytes) -> list[tuple[int, int, int]]:
    """Marker, first place and place behind each segment; coded data belongs to its scan."""
    found, at = [], 2
    while data[at + 1] != EOI:
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == SOS:
            while not (data[end] == 0xFF and data[end + 1] != 0 and not 0xD0 <= data[end + 1] <= 0xD7):
                end += 1
        found.append((marker, at, end))
        at = end
    return found


def segment(marker: int, contents: bytes) -> bytes:
    """A marker segment."""
    return bytes([0xFF, marker]) + (len(contents) + 2).to_bytes(2) + contents


def without(data: bytes, *markers: int) -> bytes:
    """Without all segments of these kinds."""
    kept = [data[at:end] for marker, at, end in segments(data) if marker not in markers]
    return data[:2] + b"".join(kept) + b"\xff\xd9"


def before(data: bytes, marker: int, added: bytes) -> bytes:
    """With bytes in front of the first segment of a kind."""
    at = next(at for kind, at, _ in segments(data) if kind == marker)
    return data[:at] + added + data[at:]


def padded(data: bytes, padding: bytes, at_end: bytes) -> bytes:
    """With padding in front of each marker segment, and other padding behind the coded data."""
    return data[:2] + b"".join(padding + data[at:end] for _, at, end in segments(data)) + at_end + b"\xff\xd9"


def first_scans(data: bytes, count: int) -> bytes:
    """With no more than so many scans."""
    scans = [end for marker, _, end in segments(data) if marker == SOS]
    return data[: scans[count - 1]] + b"\xff\xd9"


def cut(data: bytes, share: float) -> bytes:
    """With so much of the last scan's data, and the end of the image behind it."""
    _, at, end = [found for found in segments(data) if found[0] == SOS][-1]
    begin = at + 2 + int.from_bytes(data[at + 2 : at + 4])
    return data[: begin + int((end - begin) * share)] + b"\xff\xd9"


ADOBE = b"Adobe\0\x64\0\0\0\0"
JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"


def exif(orientation: int) -> bytes:
    """An EXIF segment with an orientation alone."""
    return segment(0xE1, EXIF_HEAD + bytes([orientation, 0, 0, 0, 0, 0, 0]))


def turned(picture: Pixels, orientation: int) -> Pixels:
    """Upright: 3 is upside down, 6 lies on its left side."""
    width, height, pixels = picture
    at = {
        1: (width, height, lambda x, y: (x, y)),
        3: (width, height, lambda x, y: (width - 1 - x, height - 1 - y)),
        6: (height, width, lambda x, y: (y, height - 1 - x)),
    }[orientation]
    across, down, place = at
    return across, down, b"".join(
        pixels[3 * (place(x, y)[1] * width + place(x, y)[0]) :][:3] for y in range(down) for x in range(across)
    )


class Folder:
    """Where the files go."""

    def __init__(self, path: Path, wanted: Callable[[str], bool]) -> None:
        self.path = path
        self.wanted = wanted
        self.count = 0
        path.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, data: bytes, like: bytes | None = None, orientation: int = 1) -> None:
        """A file whose pixels are those of `like` (itself, if not given), turned upright."""
        if not self.wanted(name):
            return
        picture = turned(decoded(data if like is None else like), orientation)
        (self.path / f"{name}.jpg").write_bytes(data)
        (self.path / f"{name}.ppm").write_bytes(ppm(picture))
        self.count += 1

    def refuse(self, name: str, data: bytes) -> None:
        """A file that must be refused."""
        if not self.wanted(f"refused-{name}"):
            return
        (self.path / f"refused-{name}.jpg").write_bytes(data)
        self.count += 1


def samplings(folder: Folder) -> Iterable[tuple[str, bytes]]:
    """All samplings with all orders of scans, restarts and progressions; gives those that the rest is made of."""
    for number, (name, sampling) in enumerate(SAMPLING.items()):
        width, height = SIZES[number % len(SIZES)]
        picture = drawn(width, height, number)
        plain = coded(folder.path, picture, "-sample", sampling)
        folder.add(f"{name}", plain)
        folder.add(f"{name}-optimised", coded(folder.path, picture, "-sample", sampling, "-optimize", "-quality", "60"))
        for restart in ("1B", "3B", "1"):
            options = ("-sample", sampling, "-restart", restart)
            folder.add(f"{name}-restart-{restart}", coded(folder.path, picture, *options))
        for scans, script in SCANS.items():
            folder.add(f"{name}-scans-{scans}", coded(folder.path, picture, "-sample", sampling, scans=script))
        folder.add(
            f"{name}-scans-restart",
            coded(folder.path, picture, "-sample", sampling, "-restart", "2B", scans=SCANS["cb-cr-y"]),
        )
        for progression, script in PROGRESSIONS.items():
            options = ("-sample", sampling, "-progressive")
            data = coded(folder.path, picture, *options, scans=script)
            folder.add(f"{name}-progressive-{progression}", data)
            scans = sum(marker == SOS for marker, _, _ in segments(data))
            if name in ("420", "444", "chroma-over-luma"):
                for count in (1, scans // 2, scans - 1):
                    folder.refuse(f"{name}-progressive-{progression}-{count}-scans", first_scans(data, count))
                folder.refuse(f"{name}-progressive-{progression}-cut", cut(data, 0.6))
        options = ("-sample", sampling, "-progressive", "-restart", "2B")
        folder.add(f"{name}-progressive-restart", coded(folder.path, picture, *options))
        folder.add(f"{name}-tiny", coded(folder.path, drawn(3 + number % 3, 2, 5), "-sample", sampling))
        yield name, plain
    for width, height in ((1, 1), (2, 3), (16, 16), (17, 15), (32, 31), (47, 33), (64, 4), (4, 64)):
        for sampling in ("1x1", "2x1", "2x2"):
            data = coded(folder.path, drawn(width, height, width), "-sample", sampling)
            folder.add(f"size-{width}x{height}-{sampling}", data)


def colours(folder: Folder, name: str, plain: bytes) -> None:
    """What JFIF, Adobe and the components' names say, alone and against each other."""
    bare = without(plain, 0xE0)
    folder.add(f"{name}-no-jfif", bare)
    for transform in (0, 1):
        adobe = segment(0xEE, ADOBE + bytes([transform]))
        folder.add(f"{name}-jfif-adobe-{transform}", before(plain, DQT, adobe))
        folder.add(f"{name}-adobe-{transform}-jfif", before(plain, 0xE0, adobe))
        folder.add(f"{name}-jfif-adobe-{transform}-behind-frame", before(plain, DHT, adobe))
        folder.add(f"{name}-adobe-{transform}", before(bare, DQT, adobe))


def rgb_and_grey(folder: Folder) -> None:
    """Without luma and chroma."""
    picture = drawn(61, 43, 3)
    rgb = coded(folder.path, picture, "-rgb")
    folder.add("rgb", rgb)
    folder.add("rgb-by-names", without(rgb, 0xEE))
    folder.add("rgb-progressive", coded(folder.path, picture, "-rgb", "-progressive"))
    folder.add("rgb-scans", coded(folder.path, picture, "-rgb", scans=SCANS["cr-y-cb"]))
    for name, options in (
        ("grey", ()), ("grey-restart", ("-restart", "2B")), ("grey-progressive", ("-progressive",)),
        ("grey-sampled", ("-sample", "2x2")),
    ):
        grey = coded(folder.path, picture, "-grayscale", *options)
        folder.add(name, grey)
        adobe = segment(0xEE, ADOBE + b"\0")
        folder.add(f"{name}-adobe-0", before(grey, DQT, adobe))
        folder.add(f"{name}-adobe-0-behind-frame", before(grey, DHT, adobe))
        folder.add(f"{name}-no-jfif", without(grey, 0xE0))


def one_name(data: bytes) -> bytes:
    """All components with the same name."""
    changed = bytearray(data)
    for marker, at, _ in segments(data):
        for place in {SOF0: (10, 13, 16), SOS: (5, 7, 9)}.get(marker, ()):
            changed[at + place] = 0
    return bytes(changed)


def around(folder: Folder, name: str, plain: bytes) -> None:
    """Padding, comments, missing tables and EXIF."""
    folder.add(f"{name}-comment-zeros", before(plain, DQT, segment(COM, b"camera" * 30) + bytes(608)), like=plain)
    for kind, padding, at_end in (
        ("zeros", bytes(13), bytes(5)), ("fill", b"\xff\xff", b"\xff"), ("spaces", b"  \n", b""),
        ("zeros-and-fill", bytes(7) + b"\xff" * 3, bytes(3) + b"\xff"),
    ):
        folder.add(f"{name}-padded-{kind}", padded(plain, padding, at_end), like=plain)
    folder.add(f"{name}-behind-the-end", plain + b"\xff\xd8 and more", like=plain)
    folder.add(f"{name}-restart-behind-the-end", plain[:-2] + b"\xff\xd0\xff\xd9", like=plain)
    folder.add(f"{name}-comment-behind-the-scan", plain[:-2] + segment(COM, b"end") + b"\xff\xd9", like=plain)
    folder.add(f"{name}-one-name", one_name(plain), like=plain)
    folder.add(f"{name}-no-dht", without(plain, DHT), like=plain)
    avi = segment(0xE0, b"AVI1" + bytes(10))
    folder.add(f"{name}-no-dht-avi1", before(without(plain, DHT, 0xE0), DQT, avi), like=plain)
    folder.add(f"{name}-no-dht-no-jfif", without(plain, DHT, 0xE0), like=plain)
    for orientation in (1, 3, 6):
        folder.add(f"{name}-exif-{orientation}", before(plain, 0xE0, exif(orientation)), orientation=orientation)
        for second in (1, 3, 6):
            two = before(plain, 0xE0, exif(orientation) + exif(second))
            folder.add(f"{name}-exif-{orientation}-exif-{second}", two, orientation=orientation)
    adobe_xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    folder.add(f"{name}-xmp-exif-6", before(plain, 0xE0, adobe_xmp + exif(6)), orientation=6)


def not_whole(folder: Folder, name: str, plain: bytes) -> None:
    """What lacks something, whatever stands at its end, and what is not read."""
    for percent in (1, 30, 65, 80, 90, 98, 99):
        folder.refuse(f"{name}-cut-{percent}", cut(plain, percent / 100))
        folder.refuse(f"{name}-cut-{percent}-open", cut(plain, percent / 100)[:-2])
    folder.refuse(f"{name}-cut-byte", plain[:-3] + b"\xff\xd9")
    folder.refuse(f"{name}-no-scan", without(plain, SOS))
    folder.refuse(f"{name}-no-factors", without(plain, DQT))
    folder.refuse(f"{name}-no-end", plain[:-2])
    _, at, _ = next(found for found in segments(plain) if found[0] == SOF0)
    lower, higher = bytearray(plain), bytearray(plain)
    lower[at + 6], higher[at + 6] = plain[at + 6] // 2, plain[at + 6] * 2
    folder.refuse(f"{name}-lower", bytes(lower))
    folder.refuse(f"{name}-higher", bytes(higher))


def lacking_scans(folder: Folder) -> None:
    """Sequential pictures of several scans or segments that lack one."""
    picture = drawn(61, 43, 2)
    for scans, script in SCANS.items():
        data = coded(folder.path, picture, scans=script)
        folder.refuse(f"scans-{scans}-last-missing", first_scans(data, script.count(";") - 1))
        folder.refuse(f"scans-{scans}-last-cut", cut(data, 0.7))
        repeated = [data[at:end] for marker, at, end in segments(data) if marker == SOS][-1]
        folder.refuse(f"scans-{scans}-one-twice", data[:-2] + repeated + b"\xff\xd9")
    data = coded(folder.path, picture, "-restart", "3B")
    places = [at for at in range(len(data) - 1) if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7]
    folder.refuse("restart-cut-between", data[: places[2]] + b"\xff\xd9")
    folder.refuse("restart-segment-missing", data[: places[1]] + data[places[2] :])
    folder.refuse("arithmetic", piped("jpegtran", "-arithmetic", given=data))
    _, at, _ = next(found for found in segments(data) if found[0] == SOF0)
    uneven = bytearray(data)
    uneven[at + 11], uneven[at + 14], uneven[at + 17] = 0x31, 0x21, 0x21
    folder.refuse("ratio-of-3-to-2", bytes(uneven))


REFERENCES = {
    "420", "422-scans-cb-cr-y", "440", "411", "444-progressive-bits", "420-progressive-usual", "chroma-over-luma-across",
    "chroma-over-luma-scans-y-cb-cr", "unlike-chroma", "rgb", "grey-adobe-0-behind-frame", "420-jfif-adobe-0",
    "420-comment-zeros", "420-padded-zeros-and-fill", "420-no-dht-no-jfif", "420-exif-6-exif-1", "420-restart-3B",
    "420-scans-y-cb-cr", "420-scans-restart", "size-47x33-2x2", "refused-420-cut-65", "refused-420-cut-98",
    "refused-420-progressive-usual-1-scans", "refused-420-progressive-bits-9-scans", "refused-scans-y-cb-cr-last-missing",
    "refused-ratio-of-3-to-2",
}


def main() -> None:
    """Makes all of them, or the references."""
    _, path, *options = sys.argv
    of_references = options == ["--references"]
    folder = Folder(Path(path), lambda name: not of_references or name in REFERENCES)
    plain = dict(samplings(folder))
    for name in ("420", "444", "422"):
        colours(folder, name, plain[name])
        around(folder, name, plain[name])
        not_whole(folder, name, plain[name])
    rgb_and_grey(folder)
    lacking_scans(folder)
    assert folder.count == len(REFERENCES) if of_references else folder.count >= 300, folder.count
    print(f"{folder.count} pictures in {path}")


if __name__ == "__main__":
    main()
