"""What a panel may not say, and that the same list makes the same bytes."""

import json
from pathlib import Path

import generate
import promql
import pytest
from metrics import read_list, series

LIST = json.dumps(
    [
        {"name": "rasid_http_requests_total", "type": "counter", "help": "Requests", "labels": ["route", "status"]},
        {"name": "rasid_http_request_seconds", "type": "histogram", "help": "Time", "labels": ["route"]},
        {"name": "rasid_ready", "type": "gauge", "help": "1 while it is", "labels": []},
    ]
)
KNOWN = series(read_list(LIST), [])


@pytest.mark.parametrize(
    "expression",
    [
        'sum by (route) (rate(rasid_http_requests_total{status=~"5..",instance="a"}[5m])) / (sum(rate(rasid_http_requests_total[5m])) > 0)',
        "histogram_quantile(0.99, sum by (route, le) (rate(rasid_http_request_seconds_bucket[5m])))",
        'max by (instance) (rasid_ready{job="serve"}) offset 1d and on (instance) up == 1',
        'topk(10, sum(increase(rasid_http_requests_total{route="rasid_gone{x}"}[1h])))',
    ],
)
def test_what_exists_may_be_asked(expression: str) -> None:
    assert promql.faults(expression, KNOWN) == []


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("rate(rasid_gone_total[5m])", "there is no metric rasid_gone_total"),
        ("rate(rasid_http_request_seconds[5m])", "there is no metric rasid_http_request_seconds"),
        ('rasid_ready{state="x"}', "rasid_ready has no label state"),
        ("sum by (rout) (rasid_http_requests_total)", "nothing in it has the label rout"),
        ("sum by (le) (rasid_http_requests_total)", "nothing in it has the label le"),
        ("rasid:gone:rate5m > 1", "there is no metric rasid:gone:rate5m"),
    ],
)
def test_what_does_not_exist_is_named(expression: str, told: str) -> None:
    assert told in promql.faults(expression, KNOWN)


def test_a_recorded_series_has_the_labels_that_its_expression_keeps(tmp_path: Path) -> None:
    rules = tmp_path / "recording.rules.yml"
    text = (
        "groups:\n  - name: g\n    rules:\n"
        "      - record: rasid:requests:rate5m\n        expr: sum by (route) (rate(rasid_http_requests_total[5m]))\n"
        "      - record: rasid:ready:copy\n        expr: rasid_ready\n        labels:\n          tier: one\n"
    )
    rules.write_text(text, encoding="utf-8")
    known = series(read_list(LIST), [rules])
    assert known["rasid:requests:rate5m"] == {"route"}
    assert known["rasid:ready:copy"] == {"tier"}
    assert promql.faults("rasid:requests:rate5m{status='5xx'}", known) == ["rasid:requests:rate5m has no label status"]


def test_a_new_metric_gets_a_panel_by_itself() -> None:
    metrics = read_list(LIST)
    panel = generate.default_panel(metrics["rasid_http_request_seconds"], "Time")
    assert [query.legend for query in panel.queries] == ["{{route}} 0.5", "{{route}} 0.95", "{{route}} 0.99"]
    assert generate.home_of("rasid_http_new_total").name == "http"
    assert generate.home_of("rasid_something_total").name == "overview"
