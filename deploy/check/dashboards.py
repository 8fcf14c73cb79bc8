"""The dashboards: those that the list of metrics makes, with expressions that parse."""

import sys
import tempfile
from pathlib import Path

from common import ask


def faults(root: Path, rasid: Path) -> list[str]:
    """Returns what is wrong with deploy/grafana."""
    code, metrics, error = ask(rasid, "metrics", "--list", "--json")
    if code != 0:
        return [f"`rasid metrics --list --json`: {error.strip()}"]
    generate = root / "deploy/grafana/generate.py"
    found = []
    code, _, error = ask(sys.executable, generate, "--check", stdin=metrics)
    if code != 0:
        found += [f"deploy/grafana: {line}" for line in error.splitlines()]
    _, rules, _ = ask(sys.executable, generate, "--rules", stdin=metrics)
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(rules)
        file.flush()
        code, told, error = ask("promtool", "check", "rules", file.name)
        if code != 0:
            found.append(f"deploy/grafana: an expression does not parse: {told}{error}".strip())
    return found
