"""What stands on which dashboard. A metric that no panel here names gets one of its own, by its prefix, at the end."""

from dataclasses import dataclass

# Every dashboard can be narrowed to processes by this; whatever is counted by a process takes it.
OF = 'instance=~"$instance"'
# What may break each promise of deploy/prometheus/recording.rules.yml, as a part of the whole.
PROMISES = {"http": 0.001, "http_slow": 0.01, "events": 0.01, "triage": 0.01}


@dataclass(frozen=True)
class Query:
    """One line of a panel, or one for each value of the labels in its legend."""

    expression: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """A panel with expressions of its own."""

    title: str
    help: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    width: int = 8


@dataclass(frozen=True)
class Of:
    """The panel that a metric's type and labels make by themselves."""

    metric: str
    title: str
    width: int = 8
    # Labels that lines are kept apart by; without it all labels of the metric.
    by: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Dashboard:
    """One page of Grafana."""

    name: str
    title: str
    help: str
    panels: tuple[Panel | Of, ...]
    # Metrics whose names begin so belong here unless another page has the longer beginning.
    prefixes: tuple[str, ...] = ()


def share(title: str, help: str, part: str, whole: str, legend: str) -> Panel:
    """Returns a panel of a quotient; nothing is drawn while the whole is nothing."""
    return Panel(title, help, "percentunit", (Query(f"{part} / ({whole} > 0)", legend),))


def burns(window: str) -> tuple[Query, ...]:
    """Returns the part of a window that broke each promise, over the part that may."""
    return tuple(Query(f"rasid:{name}_errors:ratio_rate{window} / {part}", name) for name, part in PROMISES.items())


OVERVIEW = Dashboard(
    "overview",
    "Rasid: overview",
    "For whoever is on duty: what burns, who is ready, what waits for how long.",
    (
        Panel(
            "Alerts that fire",
            "Each has a page in deploy/runbook.",
            "short",
            (Query('sum by (alertname, severity) (ALERTS{alertstate="firing"})', "{{severity}} {{alertname}}"),),
            kind="bargauge",
        ),
        Panel(
            "Reached by Prometheus",
            "1: the process was scraped; 0: it is gone or its port is closed.",
            "short",
            (Query('up{instance=~"$instance"}', "{{job}} {{instance}}"),),
            kind="stat",
        ),
        Of("rasid_ready", "Ready for work"),
        Panel(
            "How fast the promises' errors are used up, 1 h",
            "1: at this speed the errors that 30 days may have last exactly 30 days. 14.4 wakes somebody.",
            "short",
            burns("1h"),
        ),
        Panel(
            "How fast the promises' errors are used up, 3 d",
            "Above 1 nothing is left at the month's end. What is promised stands in deploy/prometheus/recording.rules.yml.",
            "short",
            burns("3d"),
        ),
        Of("rasid_database_answers", "Database answers"),
        Of("rasid_hindrances_count", "Hindrances that /ready names"),
        Panel(
            "Events settled, by outcome",
            "Every event ends in exactly one of the five.",
            "ops",
            (Query(f"sum by (outcome) (rate(rasid_adjudicate_outcomes_total{{{OF}}}[$__rate_interval]))", "{{outcome}}"),),
        ),
        Panel(
            "What has waited longest",
            "Ages of the oldest: objection before the machine, case before a person, message not sent, record not settled.",
            "s",
            (
                Query("max(rasid_objection_untriaged_oldest_seconds)", "objection before the machine"),
                Query("max by (kind) (rasid_review_queue_oldest_seconds)", "{{kind}} before a person"),
                Query("max(rasid_outbox_oldest_unsent_seconds)", "message not sent"),
                Query("max(rasid_ingest_lag_seconds)", "record not settled"),
            ),
        ),
        Panel(
            "Free on the evidence disk",
            "Under 0.15 somebody is told, under 0.05 woken.",
            "percentunit",
            (Query("rasid:evidence_disk_free:ratio", "{{instance}}"),),
        ),
        Of("rasid_expiry_seconds", "Time until a key or certificate ends"),
        Of("rasid_limit_used_ratio", "How full each limit is"),
        Of("rasid_process_start_timestamp_seconds", "Running for"),
        Of("rasid_build_info", "Versions that run"),
    ),
    ("rasid_",),
)

STREAM = Dashboard(
    "stream",
    "Rasid: stream",
    "From the broker to a settled event: how far behind, what is rejected, how full memory is.",
    (
        Of("rasid_ingest_lag_seconds", "Behind by time"),
        Of("rasid_ingest_lag_records", "Behind by records"),
        Of("rasid_ingest_stalled_seconds", "Partitions that settle nothing"),
        Of("rasid_ingest_assigned_partitions", "Partitions by state"),
        Of("rasid_ingest_records_total", "Records received"),
        Of("rasid_ingest_received_bytes_total", "Bytes received"),
        Of("rasid_ingest_dead_letters_total", "Dead letters by reason"),
        Panel(
            "Dead letters by camera",
            "The ten cameras with most of them in the last hour; a camera that is not registered is 'unknown'.",
            "short",
            (
                Query(
                    f"topk(10, sum by (camera, reason) (increase(rasid_ingest_camera_dead_letters_total{{{OF}}}[1h])))",
                    "{{camera}} {{reason}}",
                ),
            ),
        ),
        share(
            "Share of dead letters",
            "Above ingest.dead_letter_percent_max the consumer stops.",
            f"sum(rate(rasid_ingest_dead_letters_total{{{OF}}}[5m]))",
            f"sum(rate(rasid_ingest_records_total{{{OF}}}[5m]))",
            "of records received",
        ),
        Panel(
            "Records in memory against their limit",
            "At the limit partitions are paused.",
            "short",
            (
                Query(f"max by (instance) (rasid_ingest_in_flight_records{{{OF}}})", "{{instance}}"),
                Query(f"max by (instance) (rasid_ingest_in_flight_limit_records{{{OF}}})", "{{instance}} limit"),
            ),
        ),
        Panel(
            "Bytes in memory against their limit",
            "At the limit partitions are paused.",
            "bytes",
            (
                Query(f"max by (instance) (rasid_ingest_in_flight_bytes{{{OF}}})", "{{instance}}"),
                Query(f"max by (instance) (rasid_ingest_in_flight_limit_bytes{{{OF}}})", "{{instance}} limit"),
            ),
        ),
        Of("rasid_ingest_brokers_up_count", "Brokers connected"),
        Of("rasid_ingest_pauses_total", "Partitions paused for lack of room"),
        Of("rasid_ingest_client_errors_total", "Errors of the Kafka client"),
        Of("rasid_ingest_rebalances_total", "Rebalances"),
        Of("rasid_ingest_dead_letter_breaker_open", "Stopped by too many dead letters"),
        Of("rasid_ingest_commit_failures_total", "Copies of offsets not committed"),
        Of("rasid_ingest_evidence_files_total", "Pictures put durably"),
        Of("rasid_ingest_evidence_stored_bytes_total", "Bytes of pictures put durably"),
    ),
    ("rasid_ingest",),
)

READER = Dashboard(
    "reader",
    "Rasid: plate reader",
    "How sure the nets are, what speaks against their reads, how long a frame takes.",
    (
        Of("rasid_detect_read_confidence", "Confidence", by=("jurisdiction",)),
        share(
            "Share of reads that nothing speaks against",
            "A fall without a change of cameras is drift.",
            f'sum by (jurisdiction) (rate(rasid_detect_plates_total{{clear="true",{OF}}}[30m]))',
            f"sum by (jurisdiction) (rate(rasid_detect_plates_total{{{OF}}}[30m]))",
            "{{jurisdiction}}",
        ),
        Of("rasid_detect_flags_total", "What speaks against issuing"),
        Of("rasid_detect_plates_total", "Plates read"),
        Of("rasid_detect_frame_seconds", "Time for a frame"),
        Panel(
            "Mean confidence, an hour against the week",
            "A gap of 0.05 is told of as drift.",
            "percentunit",
            (
                Query("rasid:read_confidence:mean1h", "{{jurisdiction}} 1 h"),
                Query("rasid:read_confidence:mean7d", "{{jurisdiction}} 7 d"),
            ),
        ),
        Panel(
            "Frames that wait for a worker, against their limit",
            "At the limit the stages in front are held back.",
            "short",
            (
                Query(f"max by (instance) (rasid_detect_waiting_frames{{{OF}}})", "{{instance}}"),
                Query(f"max by (instance) (rasid_detect_waiting_limit_frames{{{OF}}})", "{{instance}} limit"),
            ),
        ),
        Of("rasid_detect_failures_total", "Frames on which a net failed"),
    ),
    ("rasid_detect",),
)

CASES = Dashboard(
    "cases",
    "Rasid: cases",
    "How events end and why a person is asked.",
    (
        Of("rasid_adjudicate_outcomes_total", "Outcomes"),
        Panel(
            "Share of outcomes",
            "Of all events settled in 30 minutes.",
            "percentunit",
            (
                Query(
                    f"sum by (outcome) (rate(rasid_adjudicate_outcomes_total{{{OF}}}[30m])) / ignoring (outcome) group_left () "
                    f"(sum(rate(rasid_adjudicate_outcomes_total{{{OF}}}[30m])) > 0)",
                    "{{outcome}}",
                ),
            ),
        ),
        Of("rasid_adjudicate_manual_checks_total", "Manual checks by reason"),
        Panel(
            "Share of sightings that go to a person, by reason",
            "Over the last hour, of all that could have been issued.",
            "percentunit",
            (Query("rasid:manual_checks:share1h", "{{reason}}"),),
        ),
        Panel(
            "The same, over the week",
            "What an hour is compared with: twice as much is told of.",
            "percentunit",
            (Query("rasid:manual_checks:share7d", "{{reason}}"),),
        ),
        Of("rasid_adjudicate_settle_seconds", "From receipt to settled"),
        Of("rasid_adjudicate_runs_total", "Settling transactions by result"),
        Of("rasid_adjudicate_run_seconds", "Time of a settling transaction"),
        Of("rasid_adjudicate_conflicts_total", "Transactions repeated after a conflict"),
        Of("rasid_adjudicate_row_by_row_total", "Runs repeated row by row"),
        Of("rasid_manual_check_dismissals_total", "Manual checks dismissed by a person"),
    ),
    ("rasid_adjudicate", "rasid_manual_check"),
)

OBJECTIONS = Dashboard(
    "objections",
    "Rasid: objections and the human queue",
    "What citizens file, what the machine answers, how long people wait for people.",
    (
        Of("rasid_objections_total", "Objections filed, by main ground"),
        Of("rasid_objection_answers_total", "Answers of the machine"),
        Of("rasid_decision_verdicts_total", "Verdicts of people"),
        Of("rasid_objection_untriaged_oldest_seconds", "Oldest objection before the machine"),
        Of("rasid_objection_triage_seconds", "From filing to the first answer"),
        Of("rasid_triage_failures_total", "Objections that could not be looked at"),
        Of("rasid_review_queue_tasks", "Cases before a person"),
        Of("rasid_review_queue_oldest_seconds", "Oldest case before a person"),
        Panel(
            "Bytes of citizens' documents, against their limit",
            "At the limit (documents.bytes_max) documents are refused, in words for the citizen.",
            "bytes",
            (
                Query("max(rasid_documents_held_bytes)", "held"),
                Query("max(rasid_documents_limit_bytes)", "limit"),
            ),
        ),
        share(
            "Share of verdicts in the citizen's favour",
            "Over a day; a rise says that something upstream issues wrongly.",
            'sum(increase(rasid_decision_verdicts_total{verdict!="upheld"}[1d]))',
            "sum(increase(rasid_decision_verdicts_total[1d]))",
            "cancelled or reduced",
        ),
    ),
    ("rasid_objection", "rasid_triage", "rasid_review", "rasid_decision", "rasid_documents"),
)

HTTP = Dashboard(
    "http",
    "Rasid: HTTP and budgets",
    "What citizens, portals and reviewers get, how fast, and who is held back.",
    (
        Panel(
            "Requests by status",
            "All routes together.",
            "reqps",
            (Query(f"sum by (status) (rate(rasid_http_requests_total{{{OF}}}[$__rate_interval]))", "{{status}}"),),
        ),
        share(
            "Share of answers that failed",
            "5xx of all answers, by route.",
            f'sum by (route) (rate(rasid_http_requests_total{{status="5xx",{OF}}}[5m]))',
            f"sum by (route) (rate(rasid_http_requests_total{{{OF}}}[5m]))",
            "{{route}}",
        ),
        Of("rasid_http_request_duration_seconds", "Time to the answer's head", by=("method",)),
        Panel(
            "Slowest routes, 95th percentile",
            "The ten slowest.",
            "s",
            (
                Query(
                    f"topk(10, histogram_quantile(0.95, sum by (route, le) (rate(rasid_http_request_duration_seconds_bucket{{{OF}}}[5m]))))",
                    "{{route}}",
                ),
            ),
        ),
        Of("rasid_http_requests_in_flight_count", "Requests at work"),
        Of("rasid_http_budget_refusals_total", "Refused for a budget (429)"),
    ),
    ("rasid_http",),
)

JOBS = Dashboard(
    "jobs",
    "Rasid: jobs and outbox",
    "Work in the background, and messages on their way to the outside.",
    (
        Of("rasid_job_runs_total", "Runs of jobs"),
        Panel(
            "Runs that failed",
            "In the last hour, by job.",
            "short",
            (Query(f'sum by (name) (increase(rasid_job_runs_total{{result="failed",{OF}}}[1h]))', "{{name}}"),),
        ),
        Of("rasid_job_last_done_timestamp_seconds", "Time since a job last ended well"),
        Of("rasid_month_partitions_ready_months", "Months ready, with this one"),
        Of("rasid_outbox_messages_total", "Attempts to publish"),
        Of("rasid_outbox_unsent_messages", "Messages that wait"),
        Of("rasid_outbox_oldest_unsent_seconds", "Oldest message that waits"),
    ),
    ("rasid_job", "rasid_outbox", "rasid_month"),
)

DASHBOARDS = (OVERVIEW, STREAM, READER, CASES, OBJECTIONS, HTTP, JOBS)
