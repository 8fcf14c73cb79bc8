"""deploy/compose.yml, as far as it can be known without a container engine."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from common import ask, drain_seconds, lacks_command, unknown_variables

# Ports that images listen on, which are not Rasid's.
IMAGE_PORTS = {"postgres": [5432], "kafka": [9092, 9093], "prometheus": [9090], "alertmanager": [9093], "grafana": [3000]}
_DURATION = re.compile(r"^(\d+)s$")


def faults(root: Path, rasid: Path) -> list[str]:
    """Returns what is wrong with deploy/compose.yml and what it names."""
    deploy = root / "deploy"
    try:
        whole = yaml.safe_load((deploy / "compose.yml").read_text(encoding="utf-8"))
    except yaml.YAMLError as broken:
        return [f"deploy/compose.yml does not parse: {broken}"]
    with tempfile.TemporaryDirectory() as folder:
        secrets = Path(folder) / "secrets"
        code, _, error = ask("bash", deploy / "make-secrets.sh", secrets)
        found = [f"deploy/make-secrets.sh: {error.strip()}"] if code != 0 else []
        found += mounts(deploy, whole, secrets)
        for name, service in whole["services"].items():
            if str(service["image"]).startswith("rasid:"):
                found += [f"service {name}: {fault}" for fault in of_rasid(root, rasid, service, secrets)]
    found += schema(deploy)
    found += health_and_order(whole)
    found += ports(root, whole)
    return found + container(root, whole)


def schema(deploy: Path) -> list[str]:
    """Compose itself reads the file; Debian's is older than `name`, which alone is left out."""
    text = (deploy / "compose.yml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "compose.yml"
        copy.write_text(re.sub(r"^name: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
        code, told, error = ask("docker-compose", "--file", copy, "config", "--quiet")
    return [f"deploy/compose.yml: {told}{error}".strip()] if code != 0 else []


def mounts(deploy: Path, whole: dict[str, Any], secrets: Path) -> list[str]:
    """Each path, volume and secret that a service names exists."""
    found = []
    for name, service in whole["services"].items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                if not (deploy / source).exists():
                    found.append(f"service {name}: {source} does not exist in deploy")
            elif source not in whole["volumes"]:
                found.append(f"service {name}: there is no volume {source}")
        for secret in service.get("secrets", []):
            if secret not in whole["secrets"]:
                found.append(f"service {name}: there is no secret {secret}")
        named = re.findall(r"/run/secrets/([\w.-]+)", json.dumps(service))
        found += [f"service {name}: it does not mount the secret {one}" for one in named if one not in service.get("secrets", [])]
    for secret, source in whole["secrets"].items():
        if not (secrets / Path(source["file"]).name).is_file():
            found.append(f"secret {secret}: make-secrets.sh does not make {source['file']}")
    return found


def of_rasid(root: Path, rasid: Path, service: dict[str, Any], secrets: Path) -> list[str]:
    """The program knows the command and takes the environment."""
    variables = {name: str(value) for name, value in service.get("environment", {}).items()}
    found = [f"{name} is no key of deploy/config.default.toml" for name in unknown_variables(root, list(variables))]
    if fault := lacks_command(rasid, [str(word) for word in service["command"]]):
        found.append(fault)
    code, _, error = ask(rasid, "check-config", "--config", secrets / "rasid.toml", variables=variables)
    if code != 0:
        found.append(error.strip())
    grace = _DURATION.match(str(service.get("stop_grace_period", "10s")))
    if not grace or int(grace[1]) <= drain_seconds(root):
        found.append(f"stop_grace_period must be longer than the {drain_seconds(root):.0f} s that ending may take")
    return found


def health_and_order(whole: dict[str, Any]) -> list[str]:
    """What stays has a healthcheck, and who waits for whom can come true."""
    found = []
    services = whole["services"]
    for name, service in services.items():
        is_once = service.get("restart") == "on-failure"
        if not is_once and "healthcheck" not in service:
            found.append(f"service {name} has no healthcheck")
        for other, how in service.get("depends_on", {}).items():
            if other not in services:
                found.append(f"service {name} waits for {other}, which is no service")
            elif how["condition"] == "service_healthy" and "healthcheck" not in services[other]:
                found.append(f"service {name} waits for the health of {other}, which has no healthcheck")
            elif how["condition"] == "service_completed_successfully" and services[other].get("restart") != "on-failure":
                found.append(f"service {name} waits for the end of {other}, which does not end")
    names = [service["environment"]["RASID_KAFKA__INSTANCE"] for name, service in services.items() if name.startswith("run-")]
    return found + (["two services have one kafka.instance"] if len(names) != len(set(names)) else [])


def listening(whole: dict[str, Any]) -> dict[str, list[int]]:
    """Returns the ports that each service listens on."""
    found = dict(IMAGE_PORTS)
    keys = ("RASID_HTTP__LISTEN", "RASID_ADMIN__LISTEN", "RASID_ADMIN__STREAM_LISTEN")
    for name, service in whole["services"].items():
        environment = service.get("environment", {})
        if name not in IMAGE_PORTS:
            found[name] = [int(environment[key].rsplit(":", 1)[1]) for key in keys if key in environment]
    return found


def ports(root: Path, whole: dict[str, Any]) -> list[str]:
    """Whatever asks a service asks it where it listens: healthchecks, published ports, Prometheus, Grafana, addresses."""
    at = listening(whole)
    found = []
    for name, service in whole["services"].items():
        for port in re.findall(r"127\.0\.0\.1:(\d+)", json.dumps(service.get("healthcheck", {}))):
            if int(port) not in at[name]:
                found.append(f"service {name}: its healthcheck asks port {port}, it listens on {at[name]}")
        for published in service.get("ports", []):
            if int(published.rsplit(":", 1)[1]) not in at[name]:
                found.append(f"service {name}: port {published} is published, it listens on {at[name]}")
            if not published.startswith("127.0.0.1:"):
                found.append(f"service {name}: port {published} is published beyond this machine")
    files = ["deploy/compose/prometheus.yml", "deploy/grafana/provisioning/datasources/prometheus.yml", "deploy/make-secrets.sh"]
    texts = {file: (root / file).read_text(encoding="utf-8") for file in files}
    texts["deploy/compose.yml"] = json.dumps([service.get("environment", {}) for service in whole["services"].values()])
    for file, text in texts.items():
        for name, port in re.findall(r"(?<![\w./-])(?:\w+://)?(?:\w+@)?([a-z][a-z0-9-]*):(\d{4,5})\b", text):
            if name in at and int(port) not in at[name]:
                found.append(f"{file}: {name}:{port} is asked, {name} listens on {at[name]}")
    scraped = texts[files[0]]
    for name in at:
        if whole["services"].get(name, {}).get("healthcheck") and name.startswith(("run-", "serve")) and f"{name}:" not in scraped:
            found.append(f"{files[0]}: {name} is not scraped")
    return found


def container(root: Path, whole: dict[str, Any]) -> list[str]:
    """The recipe of the image names the compiler of the project, keys that exist and files that are there."""
    text = (root / "deploy/Containerfile").read_text(encoding="utf-8")
    channel = re.search(r'channel = "([^"]+)"', (root / "rust-toolchain.toml").read_text(encoding="utf-8"))
    found = []
    versions = set(re.findall(r"(?:rust:|RUSTUP_TOOLCHAIN=)(\d+\.\d+\.\d+)", text))
    if channel is None or versions != {channel[1]}:
        found.append(f"deploy/Containerfile compiles with {sorted(versions)}, rust-toolchain.toml names another")
    found += [f"deploy/Containerfile: {name} is no key" for name in unknown_variables(root, re.findall(r"ENV (RASID_\w+)", text))]
    kafka = re.search(r"kafka:([\d.]+)", whole["services"]["kafka"]["image"])
    pom = (root / "deploy/runtime/pom.xml").read_text(encoding="utf-8")
    if kafka is None or f"<version>{kafka[1]}</version>" not in pom:
        found.append("service kafka: its version is not the one of deploy/runtime/pom.xml")
    ignored = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return found + [f".dockerignore does not leave out {one}" for one in ("deploy/secrets", "target", ".git") if one not in ignored]
