"""What is printed on a plate, as the strings the reader learns. No heavy import."""

from __future__ import annotations

from contract.config import Jurisdiction, RowName

ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
EGYPT_LETTERS = "ابجدرسصطعفقلمنهوي"
# Saudi Latin letter -> the Arabic letter printed above it (wikipedia.org, 'Vehicle registration plates of Saudi Arabia').
SAUDI_LETTERS = dict(zip("ABJDRSXTEGKLZNHUV", "ابحدرسصطعقكلمنهوي", strict=True))
SAUDI_LATIN = {arabic: latin for latin, arabic in SAUDI_LETTERS.items()}
ROWS_OF: dict[Jurisdiction, tuple[RowName, ...]] = {"EG": ("egypt",), "SA": ("saudi_arabic", "saudi_latin")}


def printed(row: RowName, letters: str, digits: str) -> str:
    """The row as printed, from left to right, from a label: Egypt labels letters from right to left."""
    arabic_digits = "".join(ARABIC_DIGITS[int(digit)] for digit in digits)
    match row:
        case "egypt":
            return arabic_digits + letters[::-1]
        case "saudi_arabic":
            return arabic_digits + "".join(SAUDI_LETTERS[letter] for letter in letters)
        case "saudi_latin":
            return digits + letters


def label_of(row: RowName, text: str) -> tuple[str, str] | None:
    """The inverse of `printed`: (letters, digits) as labels write them, or None where the row cannot hold `text`."""
    digit_set = "0123456789" if row == "saudi_latin" else ARABIC_DIGITS
    split = next((i for i, character in enumerate(text) if character not in digit_set), len(text))
    digits = "".join(str(digit_set.index(character)) for character in text[:split])
    letters = text[split:]
    match row:
        case "egypt":
            usable = all(character in EGYPT_LETTERS for character in letters)
            return (letters[::-1], digits) if usable else None
        case "saudi_arabic":
            usable = all(character in SAUDI_LATIN for character in letters)
            return ("".join(SAUDI_LATIN[character] for character in letters), digits) if usable else None
        case "saudi_latin":
            return (letters, digits) if all(character in SAUDI_LETTERS for character in letters) else None


def follows_grammar(jurisdiction: Jurisdiction, letters: str, digits: str) -> bool:
    """Egypt: one to three of 17 letters and one to four digits without zero; Saudi Arabia: three letters, one to four digits."""
    if not 1 <= len(digits) <= 4:
        return False
    if jurisdiction == "EG":
        return 1 <= len(letters) <= 3 and "0" not in digits and all(letter in EGYPT_LETTERS for letter in letters)
    return len(letters) == 3 and all(letter in SAUDI_LETTERS for letter in letters)
