#!/usr/bin/env python3
"""Writes the dashboards from the list of metrics, or says what does not fit.

rasid metrics --list --json | deploy/grafana/generate.py            # writes deploy/grafana/dashboards/*.json
rasid metrics --list --json | deploy/grafana/generate.py --check    # exit code 1 when they would differ
rasid metrics --list --json | deploy/grafana/generate.py --rules    # every expression as a rules file, for promtool
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import promql
from layout import DASHBOARDS, OF, Dashboard, Of, Panel, Query
from metrics import Metric, read_list, scraped, series

HERE = Path(__file__).resolve().parent
RULES = sorted((HERE.parent / "prometheus").glob("*.rules.yml"))
SOURCE = {"type": "prometheus", "uid": "rasid-prometheus"}
# Grafana's grid.
GRID_COLUMNS = 24
PANEL_ROWS = 8
# The form of dashboards that Grafana 10 and later read.
SCHEMA_VERSION = 39
QUANTILES = ("0.5", "0.95", "0.99")
# Measured from the database by whichever process looks, so the same in all of them.
SHARED_PREFIXES = ("rasid_review", "rasid_objection_untriaged", "rasid_outbox_u", "rasid_outbox_o", "rasid_expiry", "rasid_month")
UNITS = {"seconds": "s", "bytes": "bytes", "ratio": "percentunit", "confidence": "percentunit"}


def default_panel(metric: Metric, title: str, width: int = 8, by: tuple[str, ...] | None = None) -> Panel:
    """Returns what a metric's type and labels ask for: rates of counters, quantiles of histograms, values of gauges."""
    labels = [scraped(label) for label in (metric.labels if by is None else by)]
    unit = UNITS.get(metric.name.removesuffix("_total").rsplit("_", 1)[-1], "short")
    legend = " ".join(f"{{{{{label}}}}}" for label in labels)
    grouped = ", ".join(labels)
    if metric.kind == "counter":
        rate = f"rate({metric.name}{{{OF}}}[$__rate_interval])"
        expression = f"sum by ({grouped}) ({rate})" if labels else f"sum({rate})"
        unit = "Bps" if unit == "bytes" else "ops"
        return Panel(title, metric.help, unit, (Query(expression, legend or "all"),), width=width)
    if metric.kind == "histogram":
        buckets = f"sum by ({', '.join([*labels, 'le'])}) (rate({metric.name}_bucket{{{OF}}}[5m]))"
        queries = tuple(Query(f"histogram_quantile({q}, {buckets})", f"{legend} {q}".strip()) for q in QUANTILES)
        return Panel(title, metric.help, unit, queries, width=width)
    if metric.name.startswith(SHARED_PREFIXES):
        expression = f"max by ({grouped}) ({metric.name})" if labels else f"max({metric.name})"
        return Panel(title, metric.help, unit, (Query(expression, legend or "all"),), width=width)
    expression = f"max by ({', '.join(['instance', *labels])}) ({metric.name}{{{OF}}})"
    if metric.name.endswith("_timestamp_seconds"):
        expression, unit = f"time() - {expression}", "s"
    return Panel(title, metric.help, unit, (Query(expression, f"{{{{instance}}}} {legend}".strip()),), width=width)


def panels_of(metrics: dict[str, Metric]) -> dict[str, list[Panel]]:
    """Returns the panels of each dashboard: those laid out, then one for each metric that no panel names."""
    told: dict[str, list[Panel]] = {}
    for dashboard in DASHBOARDS:
        told[dashboard.name] = [
            one if isinstance(one, Panel) else default_panel(metrics[one.metric], one.title, one.width, one.by) for one in dashboard.panels
        ]
    queries = [query for panels in told.values() for panel in panels for query in panel.queries]
    shown = {name for query in queries for name in promql.named(query.expression).metrics}
    for metric in metrics.values():
        if not shown & {metric.name, f"{metric.name}_bucket"}:
            title = metric.name.removeprefix("rasid_").replace("_", " ").capitalize()
            told[home_of(metric.name).name].append(default_panel(metric, title))
    return told


def home_of(name: str) -> Dashboard:
    """Returns the dashboard with the longest prefix of `name`."""
    prefixes = {prefix: dashboard for dashboard in DASHBOARDS for prefix in dashboard.prefixes if name.startswith(prefix)}
    return prefixes[max(prefixes, key=len)]


def json_panel(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    """Returns a panel as Grafana reads it."""
    is_number = panel.kind != "timeseries"
    # With 0 in sight a small change does not look like a large one.
    defaults: dict[str, Any] = {"unit": panel.unit} | ({} if is_number else {"custom": {"axisSoftMin": 0}})
    targets = [
        {"refId": chr(ord("A") + at), "expr": query.expression, "legendFormat": query.legend} | ({"instant": True} if is_number else {})
        for at, query in enumerate(panel.queries)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.help,
        "gridPos": {"h": PANEL_ROWS, "w": panel.width, "x": x, "y": y},
        "datasource": SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": targets,
    }


def json_dashboard(dashboard: Dashboard, panels: list[Panel]) -> str:
    """Returns a dashboard as Grafana reads it, the same bytes for the same panels."""
    placed, x, y = [], 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > GRID_COLUMNS:
            x, y = 0, y + PANEL_ROWS
        placed.append(json_panel(panel, number, x, y))
        x += panel.width
    instance = {
        "name": "instance",
        "label": "Process",
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": "label_values(rasid_build_info, instance)", "refId": "instance"},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }
    whole = {
        "uid": f"rasid-{dashboard.name}",
        "title": dashboard.title,
        "description": dashboard.help,
        "tags": ["rasid"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "links": [{"type": "dashboards", "tags": ["rasid"], "title": "Rasid", "asDropdown": True, "includeVars": True, "keepTime": True}],
        "templating": {"list": [instance]},
        "panels": placed,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def without_variables(expression: str) -> str:
    """Returns an expression as Prometheus takes it, with values for what Grafana fills in."""
    return re.sub(r"\$__(?:rate_)?interval", "5m", expression).replace("$instance", ".*")


def rules_file(told: dict[str, list[Panel]]) -> str:
    """Returns every expression as a recording rule; JSON is YAML too."""
    rules = [
        {"record": f"panel:{name}_{at}_{number}", "expr": without_variables(query.expression)}
        for name, panels in told.items()
        for at, panel in enumerate(panels, 1)
        for number, query in enumerate(panel.queries, 1)
    ]
    return json.dumps({"groups": [{"name": "panels", "rules": rules}]}, indent=1) + "\n"


def misfits(told: dict[str, list[Panel]], known: dict[str, frozenset[str]]) -> list[str]:
    """Returns each metric and label that a panel names and nothing prints, and each legend of a label that is summed away."""
    found = []
    for name, panels in told.items():
        for panel in panels:
            where = f"dashboard {name}, panel '{panel.title}'"
            for query in panel.queries:
                found += [f"{where}: {fault}" for fault in promql.faults(query.expression, known)]
                kept = promql.named(query.expression).grouped
                summed = [label for label in re.findall(r"\{\{(\w+)\}\}", query.legend) if kept and label not in kept]
                found += [f"{where}: its legend names {label}, which is summed away" for label in summed]
    return found


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", nargs="?", type=argparse.FileType("r"), default=sys.stdin, help="the list of metrics; standard input without it")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--rules", action="store_true", help="print every expression as a rules file")
    arguments = parser.parse_args()
    metrics = read_list(arguments.list.read())
    absent = [one.metric for board in DASHBOARDS for one in board.panels if isinstance(one, Of) and one.metric not in metrics]
    if absent:
        print(f"layout.py names metrics that are not in the list: {', '.join(absent)}", file=sys.stderr)
        return 1
    told = panels_of(metrics)
    found = misfits(told, series(metrics, RULES))
    if arguments.rules:
        print(rules_file(told), end="")
    wanted = {HERE / "dashboards" / f"{board.name}.json": json_dashboard(board, told[board.name]) for board in DASHBOARDS}
    if arguments.check:
        here = {path: path.read_text(encoding="utf-8") for path in (HERE / "dashboards").glob("*.json")}
        stale = sorted(path.name for path in wanted.keys() | here.keys() if wanted.get(path) != here.get(path))
        found += [f"{name} is stale: write it anew with deploy/grafana/generate.py" for name in stale]
    elif not arguments.rules and not found:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
