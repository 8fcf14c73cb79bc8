"""Who is told of which alert: the routes of Alertmanager against the alerts that there are."""

import copy
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml
from common import ask

SEVERITIES = ("page", "ticket")
_NAME = re.compile(r'alertname\s*(=~|=)\s*"([^"]+)"')


def faults(root: Path, _rasid: Path) -> list[str]:
    """Returns what is wrong with deploy/alertmanager and with Prometheus as deploy/compose.yml has it."""
    config = root / "deploy/alertmanager/alertmanager.yml"
    code, told, error = ask("amtool", "check-config", config)
    if code != 0:
        return [f"deploy/alertmanager: {told}{error}".strip()]
    rules = yaml.safe_load((root / "deploy/prometheus/alerts.rules.yml").read_text(encoding="utf-8"))
    alerts = {rule["alert"]: rule.get("labels", {}).get("severity") for group in rules["groups"] for rule in group["rules"]}
    found = [f"alert {name} has the severity {severity}, not one of {SEVERITIES}" for name, severity in alerts.items() if severity not in SEVERITIES]
    whole = yaml.safe_load(config.read_text(encoding="utf-8"))
    return found + routes(config, whole, alerts) + inhibitions(whole, list(alerts)) + in_compose(root)


def routes(config: Path, whole: dict[str, Any], alerts: dict[str, str]) -> list[str]:
    """Each alert is taken by exactly one team's route, and told to whom its severity says."""
    found = []
    for name, severity in alerts.items():
        teams = [route["receiver"].removesuffix("-page") for route in whole["route"]["routes"] if _matches(route["matchers"], name)]
        if len(teams) != 1:
            found.append(f"alert {name} is taken by {teams or 'no team'} in alertmanager.yml, it must be one")
            continue
        labels = (f"alertname={name}", f"severity={severity}", "job=rasid-run")
        code, told, error = ask("amtool", "config", "routes", "test", "--config.file", config, *labels)
        if code != 0 or told.split() != [f"{teams[0]}-{severity}"]:
            found.append(f"alert {name} ({severity}) is told to {told.strip() or error.strip()}, not to {teams[0]}-{severity}")
    for matchers in (route["matchers"] for route in whole["route"]["routes"]):
        found += _idle("a route", matchers, list(alerts))
    return found


def inhibitions(whole: dict[str, Any], alerts: list[str]) -> list[str]:
    """Each silences alerts that exist, and none of them itself."""
    found = []
    for rule in whole["inhibit_rules"]:
        source, target = rule["source_matchers"], rule["target_matchers"]
        found += _idle("an inhibition", [*source, *target], alerts)
        found += [f"alert {name} would silence itself" for name in alerts if _matches(source, name) and _matches(target, name)]
    return found


def in_compose(root: Path) -> list[str]:
    """Prometheus of deploy/compose.yml does the same as deploy/prometheus/prometheus.yml, but for whom it asks and tells."""
    deploy = root / "deploy"
    both = [yaml.safe_load((deploy / folder / "prometheus.yml").read_text(encoding="utf-8")) for folder in ("prometheus", "compose")]
    is_same = _without_targets(both[0]) == _without_targets(both[1])
    found = [] if is_same else ["deploy/compose/prometheus.yml differs from deploy/prometheus/prometheus.yml"]
    with tempfile.TemporaryDirectory() as folder:
        for file in ("compose/prometheus.yml", "prometheus/recording.rules.yml", "prometheus/alerts.rules.yml"):
            shutil.copy(deploy / file, folder)
        code, told, error = ask("promtool", "check", "config", Path(folder) / "prometheus.yml")
    return found + ([f"deploy/compose/prometheus.yml: {told}{error}".strip()] if code != 0 else [])


def _without_targets(config: dict[str, Any]) -> dict[str, Any]:
    bare = copy.deepcopy(config)
    bare.pop("alerting", None)
    for scrape in bare["scrape_configs"]:
        scrape.pop("static_configs", None)
    return bare


def _matches(matchers: list[str], alert: str) -> bool:
    return any(_fits(kind, value, alert) for matcher in matchers for kind, value in _NAME.findall(matcher))


def _fits(kind: str, value: str, alert: str) -> bool:
    return re.fullmatch(value, alert) is not None if kind == "=~" else value == alert


def _idle(where: str, matchers: list[str], alerts: list[str]) -> list[str]:
    """Names in matchers, each alternative by itself, that no alert has."""
    found = []
    for kind, value in (one for matcher in matchers for one in _NAME.findall(matcher)):
        grouped = re.fullmatch(r"(\w*)\((.*)\)", value)
        names = [grouped[1] + name for name in grouped[2].split("|")] if grouped else value.split("|")
        absent = [name for name in names if not any(_fits(kind, name, alert) for alert in alerts)]
        found += [f"{where} of alertmanager.yml names {name}, which is no alert" for name in absent]
    return found
