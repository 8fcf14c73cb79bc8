"""What the checks share."""

import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

# Longest time for one program that a check asks, seconds.
PROGRAM_SECONDS_MAX = 60


def ask(*command: str | Path, stdin: str | None = None, variables: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Returns exit code, standard output and standard error; the environment has no RASID_ variable but `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RASID_")}
    try:
        done = subprocess.run(
            [str(part) for part in command],
            input=stdin,
            env=kept | (variables or {}),
            capture_output=True,
            text=True,
            timeout=PROGRAM_SECONDS_MAX,
            check=False,
        )
    except FileNotFoundError:
        return 127, "", f"{command[0]} is not installed"
    return done.returncode, done.stdout, done.stderr


def defaults(root: Path) -> dict[str, Any]:
    """Returns deploy/config.default.toml."""
    return tomllib.loads((root / "deploy/config.default.toml").read_text(encoding="utf-8"))


def unknown_variables(root: Path, names: list[str]) -> list[str]:
    """Returns the RASID_ variables that are no key of the configuration; keys without a default stand there as comments."""
    text = (root / "deploy/config.default.toml").read_text(encoding="utf-8")
    sections = tomllib.loads("\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines() if _is_toml(line)))
    unknown = []
    for name in names:
        section, _, key = name.removeprefix("RASID_").lower().partition("__")
        if key not in sections.get(section, {}):
            unknown.append(name)
    return unknown


def _is_toml(line: str) -> bool:
    """A section, a key, or a key without a default behind its comment sign."""
    bare = line.removeprefix("# ")
    name, is_key, _ = bare.partition(" = ")
    return (bare.startswith("[") and bare.endswith("]")) or (bool(is_key) and name.replace("_", "").isalnum())


def drain_seconds(root: Path) -> float:
    """Returns how long a process may take to end after SIGTERM: requests at work, then whatever else still works."""
    source = (root / "src/shutdown.rs").read_text(encoding="utf-8")
    tasks = source.partition("DRAIN_SECONDS_MAX: u64 = ")[2].partition(";")[0]
    return float(defaults(root)["http"]["drain_timeout_milliseconds"]) / 1000 + int(tasks)


def lacks_command(rasid: Path, words: list[str]) -> str | None:
    """Returns what the program says against a command line whose own work is not begun, or None."""
    options = [word for word in words if word.startswith("--")]
    names = words[: next((at for at, word in enumerate(words) if word.startswith("-")), len(words))]
    code, help_text, error = ask(rasid, *names, "--help")
    if code != 0:
        return f"`rasid {' '.join(words)}`: {error.strip().splitlines()[0] if error else code}"
    absent = [option for option in options if option not in help_text]
    return f"`rasid {' '.join(words)}`: no option {', '.join(absent)}" if absent else None
