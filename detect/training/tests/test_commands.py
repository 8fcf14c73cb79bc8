"""The list of commands against the modules, read as text so that PyTorch is not needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

TRAINING = Path(__file__).parents[1]


def commands_in(folder: Path) -> set[str]:
    """`STEP COMMAND` of every module that has a command line."""
    found = set()
    for path in folder.glob("*/*.py"):
        functions = [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
        if "main" in functions:
            found.add(f"{path.parent.name} {path.stem}")
    return found


def called(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(TRAINING), *words], cwd=folder, capture_output=True, text=True, check=False)


def test_every_command_is_listed_and_every_listed_one_is_there(tmp_path: Path) -> None:
    listed = called("--help", folder=tmp_path)
    assert listed.returncode == 0
    words = [line.split()[:2] for line in listed.stdout.splitlines() if line.startswith("  ")]
    assert {" ".join(pair) for pair in words} == commands_in(TRAINING)


def test_a_command_starts_from_any_folder_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    started = called("prepare", "index", "--help", folder=tmp_path)
    assert started.returncode == 0
    assert started.stdout.startswith("usage: training prepare index")
    refused = called("prepare", "pizza", folder=tmp_path)
    assert refused.returncode == 2
    assert "prepare index" in refused.stderr
