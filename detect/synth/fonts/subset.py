#!/usr/bin/env python3
"""Cuts the installed fonts down to the glyphs that plates need (run again only to add a glyph).

    python subset.py [FACE...]

Without a name it cuts all faces. Needs fonttools and the Debian packages fonts-noto-core, fonts-noto-extra,
fonts-hosny-amiri, fonts-dejavu-core, fonts-opendin and fonts-crosextra-carlito.
A face that reaches the initial form of heh (as plates print it) only by a substitution rule gets it in its
character map too, because the drawing code looks glyphs up by character and applies no rules. The cut faces are renamed, as the licences ask of modified versions.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = pathlib.Path("/usr/share/fonts")
HERE = pathlib.Path(__file__).parent

HEH, HEH_INITIAL = 0x0647, 0xFEEB
LETTERS = "اأبجحدرسصطعفقكلمنهويى"
TAMPER_LETTERS = "زضشذظغتثخ"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
# Only the face of signs has these: every joined form, lam with alef included, and what telephone numbers need.
SIGN_FACE = "dejavu"
SIGN_FORMS = [0x0621, *range(0xFE80, 0xFEFD), *map(ord, ".-+/:&!")]
JOINED_FORMS = [0xFEE3, 0xFEBC, 0xFEAE, 0xFEDF, 0xFEB4, 0xFECC, 0xFEEE, 0xFEF3, 0xFE94]
WANTED = {ord(c) for c in LETTERS + TAMPER_LETTERS + ARABIC_DIGITS + LATIN} | {HEH_INITIAL} | set(JOINED_FORMS)

FACES = {
    "naskh": ROOT / "truetype/noto/NotoNaskhArabic-SemiBold.ttf",
    "amiri": ROOT / "opentype/fonts-hosny-amiri/Amiri-Bold.ttf",
    "sans": ROOT / "truetype/noto/NotoSansArabic-Medium.ttf",
    "kufi": ROOT / "truetype/noto/NotoKufiArabic-Medium.ttf",
    "dejavu": ROOT / "truetype/dejavu/DejaVuSansCondensed.ttf",
    "humanist": ROOT / "truetype/noto/NotoSans-Medium.ttf",
    "din": ROOT / "truetype/opendin/OSP-DIN.ttf",
    "office": ROOT / "truetype/crosextra/Carlito-Bold.ttf",
}


def initial_form(font: TTFont, glyph: str) -> str | None:
    """The glyph that the font's `init` feature puts in the place of `glyph`."""
    if "GSUB" not in font:
        return None
    table = font["GSUB"].table
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != "init":
            continue
        for index in record.Feature.LookupListIndex:
            for rule in table.LookupList.Lookup[index].SubTable:
                rule = getattr(rule, "ExtSubTable", rule)
                found = getattr(rule, "mapping", {}).get(glyph)
                if found:
                    return found
    return None


def cut(name: str, source: pathlib.Path) -> None:
    font = TTFont(source)
    characters = font.getBestCmap()
    if HEH in characters and HEH_INITIAL not in characters:
        found = initial_form(font, characters[HEH])
        if found:
            for table in font["cmap"].tables:
                if table.isUnicode():
                    table.cmap[HEH_INITIAL] = found
    options = subset.Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 13, 14], notdef_outline=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=WANTED | set(SIGN_FORMS if name == SIGN_FACE else []))
    cutter.subset(font)
    for identifier, text in {1: f"Rasid {name}", 2: "Regular", 4: f"Rasid {name}", 6: f"Rasid-{name}"}.items():
        font["name"].setName(text, identifier, 3, 1, 0x409)
    font["name"].names = [record for record in font["name"].names if record.platformID == 3]
    target = HERE / f"{name}.ttf"
    font.save(target)
    print(f"{target.name}: {target.stat().st_size} bytes, {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    for face in sys.argv[1:] or FACES:
        cut(face, FACES[face])
