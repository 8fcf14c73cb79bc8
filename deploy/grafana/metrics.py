"""The series that can be asked for: what `rasid metrics --list --json` prints, and what the recording rules make of it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import promql

_RULE = re.compile(r"^\s*- (record|alert):\s*(\S+)\s*$", re.MULTILINE)
_AGGREGATED = re.compile(r"\b(?:sum|min|max|avg|count|quantile|stddev)\b")
_LABELS = re.compile(r"^(\s*)labels:\s*\n((?:\1\s+\S.*\n?)+)", re.MULTILINE)


@dataclass(frozen=True)
class Metric:
    """One metric of the list."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]


def read_list(text: str) -> dict[str, Metric]:
    """Returns the metrics of the list by name, in its order."""
    return {one["name"]: Metric(one["name"], one["type"], one["help"], tuple(one["labels"])) for one in json.loads(text)}


def scraped(label: str) -> str:
    """Returns a label's name in Prometheus, which keeps those of the target for itself."""
    return f"exported_{label}" if label in promql.TARGET_LABELS else label


def series(metrics: dict[str, Metric], rules: list[Path]) -> dict[str, frozenset[str]]:
    """Returns the labels of every series by its name: of metrics, parts of histograms and recorded expressions."""
    known: dict[str, frozenset[str]] = {}
    for metric in metrics.values():
        labels = frozenset(scraped(label) for label in metric.labels)
        if metric.kind == "histogram":
            known[f"{metric.name}_bucket"] = labels | {"le"}
            known[f"{metric.name}_sum"] = known[f"{metric.name}_count"] = labels
        else:
            known[metric.name] = labels
    for path in rules:
        known |= _recorded(path.read_text(encoding="utf-8"), known)
    return known


def _recorded(text: str, known: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """A recorded series has the labels that its expression groups by, or those of its parts, and those set in the rule."""
    found: dict[str, frozenset[str]] = {}
    rules = list(_RULE.finditer(text))
    for rule, following in zip(rules, [*rules[1:], None]):
        if rule[1] != "record":
            continue
        body = text[rule.end() : following.start() if following else len(text)]
        static = [line.split(":")[0].strip() for _, block in _LABELS.findall(body) for line in block.splitlines()]
        what = promql.named(_LABELS.sub("", body).replace("expr:", " "))
        parts = {**known, **found}
        of_parts = {label for name in what.metrics for label in parts.get(name, ())}
        kept = what.grouped if _AGGREGATED.search(body) else of_parts
        found[rule[2]] = frozenset(kept) | frozenset(static) | found.get(rule[2], frozenset())
    return found
