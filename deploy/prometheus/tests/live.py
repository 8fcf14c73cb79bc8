"""Real faults under a real Prometheus: Kafka, PostgreSQL and both halves of Rasid run, the rules at a scale of 1:60.

Before a fault no alert fires; then faults are planted one after another, and their alerts must. Ends with 1 and says what
fired otherwise. Usage: live.py [--rasid target/debug/rasid]
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import scaled

ROOT = Path(__file__).resolve().parents[3]
SCALE = 60
# Waits for a step, seconds: services and models first, then alerts.
START_SECONDS_MAX = 120
FIRE_SECONDS_MAX = 40
# So long nothing may fire: the longest window that an alert of this run looks back on (30 min at the scale), and more.
CALM_SECONDS = 35
LOOK_SECONDS = 0.5
# They tell of the disk of the machine that this runs on, which is no fault that was planted.
OF_THE_MACHINE = {"RasidEvidenceDiskFilling", "RasidEvidenceDiskFull"}
CAMERA = "SA-RUH-101"
BAD_EVENTS = 8

CONFIG = """
[database]
url = "{database}"
[kafka]
brokers = "{brokers}"
created_partitions = 2
[evidence]
directory = "{folder}/evidence"
[http]
listen = "127.0.0.1:{http}"
[admin]
listen = "127.0.0.1:{serve}"
stream_listen = "127.0.0.1:{run}"
readiness_timeout_milliseconds = 400
"""
PROMETHEUS = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 500ms}}
rule_files: [recording.rules.yml, alerts.rules.yml]
scrape_configs:
  - {{job_name: rasid-run, static_configs: [{{targets: ["127.0.0.1:{run}"]}}]}}
  - {{job_name: rasid-serve, static_configs: [{{targets: ["127.0.0.1:{serve}"]}}]}}
"""
REGISTERS = {
    "sites": "id,jurisdiction,name_arabic,name_english,limit_kmh\nsa-riyadh-1,SA,الرياض,Riyadh,80\n",
    "cameras": f"id,sites,kind,instrument\n{CAMERA},sa-riyadh-1,speed,1\n",
    "certificates": "id,camera,type_approval,valid_from,valid_to\n"
    f"c-1,{CAMERA},R91,2026-01-01T00:00:00Z,2099-01-01T00:00:00Z\n",
    "sign-states": "site,from,to,condition,limit_kmh\nsa-riyadh-1,2026-01-01T00:00:00Z,,in_order,80\n",
}


def free_port() -> int:
    """Returns a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Wire:
    """A wire to PostgreSQL that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self.there = (host, port)
        self.port = free_port()
        self.cut_off = threading.Event()
        self.open: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            near, _ = self.listener.accept()
            if self.cut_off.is_set():
                near.close()
                continue
            far = socket.create_connection(self.there)
            self.open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, target), daemon=True).start()

    @staticmethod
    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self) -> None:
        self.cut_off.set()
        for end in self.open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open.clear()

    def mend(self) -> None:
        self.cut_off.clear()


class Trial:
    """Processes of one run in one scratch folder; all end with it."""

    def __init__(self, rasid: Path, folder: Path, ends: ExitStack) -> None:
        self.rasid, self.folder, self.ends = rasid, folder, ends
        self.prometheus = ""

    def log(self, name: str) -> IO[bytes]:
        return (self.folder / f"{name}.log").open("ab")

    def start(self, name: str, command: list[str], stdout: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        log = self.log(name)
        process = subprocess.Popen(command, cwd=self.folder, stdout=stdout or log, stderr=log)
        self.ends.callback(end, process)
        return process

    def call(self, *arguments: str) -> None:
        command = [str(self.rasid), *arguments, "--config", "rasid.toml"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")

    def services(self, name: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
        said = self.folder / f"{name}.json"
        process = self.start(name, [str(self.rasid), "runtime", "up", "--json"], said.open("wb"))
        self.until(f"{name} runs", START_SECONDS_MAX, lambda: said.read_text().endswith("}\n"))
        found: dict[str, Any] = json.loads(said.read_text())
        return process, found

    def until(self, what: str, seconds: float, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                logs = [f"--- {log.name}\n{tail(log)}" for log in sorted(self.folder.glob("*.log"))]
                logs += [self.seen()] if self.prometheus else []
                raise SystemExit("\n".join([*logs, f"within {seconds} s it did not happen that {what}"]))
            time.sleep(LOOK_SECONDS)

    def asked(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.prometheus}/api/v1/{what}", timeout=10) as answer:
            return json.load(answer)["data"]

    def firing(self) -> set[str]:
        alerts = self.asked("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"} - OF_THE_MACHINE

    def healthy(self) -> int:
        return sum(one["health"] == "up" for one in self.asked("targets")["activeTargets"])

    def seen(self) -> str:
        """What Prometheus says of its targets and alerts, for whoever looks for the cause of a failure."""
        targets = [f"{one['scrapePool']}: {one['health']} {one['lastError']}" for one in self.asked("targets")["activeTargets"]]
        alerts = [f"{one['state']}: {one['labels']}" for one in self.asked("alerts")["alerts"]]
        return "\n".join(["--- prometheus", *targets, *alerts])

    def await_alerts(self, fault: str, expected: set[str]) -> None:
        """Until all of them have fired, not all at the same time."""
        began, seen = time.monotonic(), set[str]()

        def all_seen() -> bool:
            seen.update(self.firing())
            return expected <= seen

        self.until(f"after '{fault}' {sorted(expected)} fire", FIRE_SECONDS_MAX, all_seen)
        print(f"{fault}: {', '.join(sorted(seen))} after {time.monotonic() - began:.0f} s", flush=True)

    def await_calm(self, seconds: float) -> None:
        self.until("no alert fires", FIRE_SECONDS_MAX, lambda: not self.firing())
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if fired := self.firing():
                raise SystemExit(f"{self.seen()}\nwithout a fault these fire: {sorted(fired)}")
            time.sleep(LOOK_SECONDS)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process of ours in order, or else at once."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status < 300)
    except OSError:
        return False


def pictures(folder: Path, name: str, acts: int, torn: bool) -> None:
    """A folder for `rasid send`: one act of the demo, as many times, its pictures whole or torn."""
    demo = ROOT / "deploy/demo"
    lines = (json.loads(line) for line in (demo / "manifest.jsonl").read_text().splitlines() if line.strip())
    act = next(line for line in lines if line["name"] == "sa-speed-01")
    (folder / name / "frames").mkdir(parents=True)
    for frame in act["frames"]:
        whole = (demo / frame["file"]).read_bytes()
        (folder / name / frame["file"]).write_bytes(whole[: len(whole) // 2] if torn else whole)
    fault = {"kind": "truncated_jpeg"} if torn else None
    many = [
        act | {"name": f"{name}-{number}", "fault": fault, "captured_offset_seconds": 3600 + 600 * number}
        for number in range(acts)
    ]
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in many)
    (folder / name / "manifest.jsonl").write_text(text)


def prepare(trial: Trial, config: str) -> None:
    """What README asks of an operator: tables, topics, registers, keys, pictures."""
    (trial.folder / "rasid.toml").write_text(config)
    trial.call("migrate")
    trial.call("topics", "create")
    for register, text in REGISTERS.items():
        (trial.folder / f"{register}.csv").write_text(text)
        trial.call("import", register, f"{register}.csv")
    pictures(trial.folder, "good", 1, torn=False)
    pictures(trial.folder, "bad", BAD_EVENTS, torn=True)
    trial.call("send", "good", "--make-keys", "keys.toml")
    trial.call("import", "camera-keys", "keys.csv")


def watch(trial: Trial, ports: dict[str, int]) -> None:
    """Starts Prometheus with the scaled rules."""
    scaled.write(ROOT / "deploy/prometheus", trial.folder, SCALE)
    (trial.folder / "prometheus.yml").write_text(PROMETHEUS.format(**ports))
    port = free_port()
    arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=metrics", f"--web.listen-address=127.0.0.1:{port}"]
    trial.start("prometheus", ["prometheus", *arguments])
    trial.prometheus = f"http://127.0.0.1:{port}"
    trial.until("prometheus answers", START_SECONDS_MAX, lambda: answers(f"{trial.prometheus}/-/ready"))
    # Prometheus looks for its targets a few seconds after it has begun; until then both are missing.
    trial.until("both halves are scraped", START_SECONDS_MAX, lambda: trial.healthy() == 2)


def faults(trial: Trial, wire: Wire, kafka: subprocess.Popen[bytes], run: subprocess.Popen[bytes]) -> None:
    """Plants one fault after another."""
    trial.await_calm(CALM_SECONDS)
    print(f"nothing fired for {CALM_SECONDS} s", flush=True)
    trial.call("send", "bad", "--keys", "keys.toml")
    trial.await_alerts("one camera sends torn pictures", {"RasidCameraDeadLetters"})
    wire.cut()
    trial.call("send", "good", "--keys", "keys.toml")
    away = {"RasidDatabaseAway", "RasidNotReady", "RasidPartitionStalled"}
    trial.await_alerts("the database is away while records come", away)
    wire.mend()
    trial.await_calm(0)
    print("all alerts ended after the database was back", flush=True)
    # Its children die with it, at once.
    os.kill(kafka.pid, signal.SIGKILL)
    trial.await_alerts("the broker is gone", {"RasidBrokersAway"})
    run.kill()
    trial.await_alerts("the stream half is gone", {"RasidTargetDown"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rasid", type=Path, default=ROOT / "target/debug/rasid", help="the program")
    rasid = parser.parse_args().rasid.resolve()
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="rasid-watched-")))
        trial = Trial(rasid, folder, ends)
        kafka, broker = trial.services("kafka")
        _, store = trial.services("postgresql")
        url = store["database_url"]
        address = url.rpartition("@")[2].partition("/")[0]
        host, _, port = address.partition(":")
        wire = Wire(host, int(port))
        ports = {name: free_port() for name in ("http", "serve", "run")}
        database = url.replace(address, f"127.0.0.1:{wire.port}")
        config = CONFIG.format(database=database, brokers=broker["kafka_brokers"], folder=folder, **ports)
        prepare(trial, config)
        run = trial.start("run", [str(rasid), "run", "--config", "rasid.toml"])
        trial.start("serve", [str(rasid), "serve", "--config", "rasid.toml"])
        for half in ("run", "serve"):
            ready = f"http://127.0.0.1:{ports[half]}/ready"
            trial.until(f"{half} is ready", START_SECONDS_MAX, lambda ready=ready: answers(ready))
        owned = f"http://127.0.0.1:{ports['run']}/metrics"
        trial.until("both partitions are taken", START_SECONDS_MAX, lambda: owns(owned, 2))
        watch(trial, ports)
        faults(trial, wire, kafka, run)
    print("every planted fault was told, and nothing before it")
    return 0


def owns(metrics: str, partitions: int) -> bool:
    with urllib.request.urlopen(metrics, timeout=5) as answer:
        return f'rasid_ingest_assigned_partitions{{state="owned"}} {partitions}\n' in answer.read().decode()


if __name__ == "__main__":
    sys.exit(main())
