"""A real Alertmanager with the routes of the project, told of alerts: who hears of what, and what a cause silences."""

import json
import re
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROUTES = Path(__file__).resolve().parent.parent / "alertmanager/alertmanager.yml"
TOKEN = "of-the-receiver"
# Longest wait for what must come; what must not come is waited for until everything else has come.
PATIENCE_SECONDS = 20
LOOK_SECONDS = 0.1


class Receiver(ThreadingHTTPServer):
    """What wakes people, as a list of who was told of what."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Told)
        self.told: list[tuple[str, str]] = []


class Told(BaseHTTPRequestHandler):
    """Takes notices with the right token alone."""

    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_known = self.headers["Authorization"] == f"Bearer {TOKEN}"
        if is_known:
            self.server.told += [(self.path, alert["labels"]["alertname"]) for alert in body["alerts"]]
        self.send_response(200 if is_known else 401)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[tuple[str, Receiver]]:
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    text = ROUTES.read_text(encoding="utf-8")
    text = text.replace("http://alert-receiver.invalid", f"http://127.0.0.1:{receiver.server_port}")
    text = text.replace("/run/secrets/alert-token", str(tmp_path / "token"))
    (tmp_path / "alertmanager.yml").write_text(re.sub(r"group_wait: \w+", "group_wait: 1s", text), encoding="utf-8")
    port = free_port()
    command = ["prometheus-alertmanager", f"--config.file={tmp_path}/alertmanager.yml", f"--storage.path={tmp_path}/data"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
            stdout=log,
            stderr=log,
        )
    try:
        await_true(lambda: is_ready(port))
        yield f"http://127.0.0.1:{port}", receiver
    finally:
        process.terminate()
        process.wait()
        receiver.shutdown()


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def await_true(holds: Any) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(LOOK_SECONDS)


def fire(address: str, *alerts: dict[str, str]) -> None:
    body = json.dumps([{"labels": labels} for labels in alerts]).encode()
    request = urllib.request.Request(f"{address}/api/v2/alerts", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def alert(name: str, severity: str, **labels: str) -> dict[str, str]:
    return {"alertname": name, "severity": severity, **labels}


def test_each_team_hears_of_its_causes_and_of_no_consequence(alertmanager: tuple[str, Receiver]) -> None:
    address, receiver = alertmanager
    here = {"job": "rasid-run", "instance": "a:9091"}
    there = {"job": "rasid-run", "instance": "b:9091"}
    fire(
        address,
        # The database is away for one process; what follows from it there is not told.
        alert("RasidDatabaseAway", "page", **here),
        alert("RasidNotReady", "page", **here),
        alert("RasidRecordFailing", "page", instance="a:9091", result="unavailable"),
        alert("RasidPartitionStalled", "page", partition="3"),
        # Another process is not ready for a reason of its own.
        alert("RasidNotReady", "page", **there),
        # The urgent one of two.
        alert("RasidExpiryNow", "page", kind="camera_key"),
        alert("RasidExpirySoon", "ticket", kind="camera_key"),
        alert("RasidExpirySoon", "ticket", kind="certificate"),
        alert("RasidCameraDeadLetters", "ticket", camera="c"),
        alert("RasidHttpErrorsFast", "page"),
        alert("RasidReviewQueueOld", "ticket", kind="objection"),
    )
    wanted = [
        ("/platform/page", "RasidDatabaseAway"),
        ("/platform/page", "RasidExpiryNow"),
        ("/platform/page", "RasidNotReady"),
        ("/platform/ticket", "RasidExpirySoon"),
        ("/service/page", "RasidHttpErrorsFast"),
        ("/service/ticket", "RasidReviewQueueOld"),
        ("/stream/ticket", "RasidCameraDeadLetters"),
    ]
    await_true(lambda: set(wanted) <= set(receiver.told))
    assert sorted(receiver.told) == wanted
