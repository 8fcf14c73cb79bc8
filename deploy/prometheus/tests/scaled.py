"""Rules at a scale: every duration of a rule file divided, so that what takes an hour can be watched in a minute.

Divided are `for`, the ranges and offsets of expressions, and what ages and times (metrics in `_seconds`) are compared with.
"""

import re
from pathlib import Path

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# What must hold for a while holds over several scrapes, as it does at full scale: one that comes late proves nothing.
HELD_MILLISECONDS_MIN = 4000
DURATION = re.compile(r"(?<=\[)(\d+)([smhdw])(?=\])|(?<=offset )(\d+)([smhdw])")
HELD = re.compile(r"^(\s+for: )(\d+)([smhdw])$", re.MULTILINE)
AGE = re.compile(r"(_seconds(?:\{[^}]*\})?\)?\s*[<>]=?\s*)(\d+)")


def scaled_duration(number: int, unit: str, scale: int) -> str:
    """Returns the duration divided by `scale`, in milliseconds as Prometheus writes them."""
    return f"{number * SECONDS[unit] * 1000 // scale}ms"


def scaled(rules: str, scale: int) -> str:
    """Returns the text of a rule file with every duration divided by `scale`."""

    def duration(match: re.Match[str]) -> str:
        number, unit, offset, offset_unit = match.groups()
        return scaled_duration(int(number or offset), unit or offset_unit, scale)

    rules = DURATION.sub(duration, rules)
    def held(match: re.Match[str]) -> str:
        milliseconds = int(match[2]) * SECONDS[match[3]] * 1000 // scale
        return f"{match[1]}{max(milliseconds, HELD_MILLISECONDS_MIN)}ms"

    rules = HELD.sub(held, rules)
    return AGE.sub(lambda match: f"{match[1]}{int(match[2]) / scale:g}", rules)


def write(source: Path, target: Path, scale: int) -> None:
    """Writes both rule files of `source` scaled to `target`."""
    for name in ("recording.rules.yml", "alerts.rules.yml"):
        (target / name).write_text(scaled((source / name).read_text(), scale))
