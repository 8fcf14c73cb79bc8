"""Which metrics and labels a PromQL expression names; enough of the grammar for expressions that people write down."""

import re
from dataclasses import dataclass, field

# What Prometheus itself adds to every series, or makes of rules and scrapes.
TARGET_LABELS = frozenset({"job", "instance"})
BUILT_IN = {
    "up": frozenset[str](),
    "ALERTS": frozenset({"alertname", "alertstate", "severity", "team", "slo"}),
}

_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[[^\]]*\]")
_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^}]*\})?")
_MATCHER = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)")
_NUMBER = re.compile(r"(?<![\w:])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:[a-z]+\b)?")
_WORDS = frozenset({"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "inf", "nan"})


@dataclass
class Named:
    """What an expression names: labels by metric, and the labels that it groups by."""

    metrics: dict[str, set[str]] = field(default_factory=dict)
    grouped: set[str] = field(default_factory=set)


def named(expression: str) -> Named:
    """Returns what `expression` names."""
    found = Named()
    text = _STRING.sub('""', expression)
    for labels in _GROUPING.findall(text):
        found.grouped.update(label.strip() for label in labels.split(",") if label.strip())
    text = _RANGE.sub(" ", _GROUPING.sub(" ", text))
    for match in _SELECTOR.finditer(_NUMBER.sub(" ", text)):
        name, matchers = match.groups()
        after = match.string[match.end() :].lstrip()
        if name.lower() in _WORDS or (matchers is None and after.startswith("(")):
            continue
        found.metrics.setdefault(name, set()).update(_MATCHER.findall(matchers or ""))
    return found


def faults(expression: str, known: dict[str, frozenset[str]]) -> list[str]:
    """Returns what `expression` names and `known` (labels by series) does not hold."""
    what = named(expression)
    every = {**BUILT_IN, **known}
    told = [f"there is no metric {name}" for name in what.metrics if name not in every]
    possible = set(TARGET_LABELS)
    for name, labels in what.metrics.items():
        has = every.get(name, frozenset()) | TARGET_LABELS
        possible |= has
        told += [f"{name} has no label {label}" for label in sorted(labels - has)]
    return told + [f"nothing in it has the label {label}" for label in sorted(what.grouped - possible)]
