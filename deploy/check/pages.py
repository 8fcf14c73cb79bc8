"""What the runbook's prose names: metrics, keys of the configuration, dashboards, other pages. Its commands are run by src/tests/runbook."""

import json
import re
from pathlib import Path

from common import ask, defaults, unknown_variables


def faults(root: Path, rasid: Path) -> list[str]:
    """Returns what pages of deploy/runbook name and nothing has."""
    code, text, error = ask(rasid, "metrics", "--list", "--json")
    if code != 0:
        return [f"`rasid metrics --list --json`: {error.strip()}"]
    metrics = {metric["name"] for metric in json.loads(text)}
    boards = {path.stem for path in (root / "deploy/grafana/dashboards").glob("*.json")}
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (root / "deploy/runbook").glob("*.md")}
    sections = "|".join(defaults(root))
    found = []
    for name, page in sorted(pages.items()):
        for metric in sorted(set(re.findall(r"\brasid_[a-z_]+\b", page))):
            if re.sub(r"_(bucket|count|sum)$", "", metric) not in metrics and metric not in metrics:
                found.append(f"{name}.md: there is no metric {metric}")
        keys = {key: f"RASID_{key.replace('.', '__').upper()}" for key in re.findall(rf"`((?:{sections})\.[a-z_]+)`", page)}
        found += [f"{name}.md: there is no key {key}" for key, variable in keys.items() if unknown_variables(root, [variable])]
        found += [f"{name}.md: there is no dashboard {board}" for board in re.findall(r"dashboard \*(\w+)\*", page) if board not in boards]
        found += [f"{name}.md: there is no page {other}" for other in re.findall(r"\bRasid[A-Z]\w+", page) if other not in pages]
    return found
