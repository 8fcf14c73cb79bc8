"""Runs a step of training: `python detect/training STEP COMMAND [OPTIONS]`, from any folder.

`requirements.txt` names what the commands need; --help after one says what it takes.
"""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    ("prepare", "index"): "raw sets to an index, small pictures and crops of plates",
    ("prepare", "recombine"): "where the characters of known texts lie",
    ("train", "locate"): "teaches the locator",
    ("train", "read"): "teaches the reader",
    ("train", "suspicion"): "teaches the reader what to suspect",
    ("train", "mix"): "the mean of two runs of the reader",
    ("evaluate", "calibrate"): "temperatures and the floor of automatic issue",
    ("evaluate", "pictures"): "exact plates and false reads of whole pictures, by fold with --folds",
    ("evaluate", "suspicion"): "what is suspected of rows never trained on",
    ("export", "nets"): "ONNX files, contracts, checksums and golden vectors",
}


def usage() -> str:
    """The commands, one on a line."""
    lines = [f"  {' '.join(words):<20}{does}" for words, does in COMMANDS.items()]
    return "\n".join([*(__doc__ or "").splitlines(), "", *lines])


def main() -> None:
    """Hands the options over to the command named by the first two words."""
    chosen, options = sys.argv[1:3], sys.argv[3:]
    if tuple(chosen) not in COMMANDS:
        asked_for_help = chosen[:1] in (["-h"], ["--help"])
        print(usage(), file=sys.stdout if asked_for_help else sys.stderr)
        sys.exit(0 if asked_for_help else 2)
    try:
        module = importlib.import_module(".".join(chosen))
    except ModuleNotFoundError as missing:
        sys.exit(f"{' '.join(chosen)} needs the package {missing.name}; install detect/training/requirements.txt")
    sys.argv = [f"training {' '.join(chosen)}", *options]
    module.main()


if __name__ == "__main__":
    main()
