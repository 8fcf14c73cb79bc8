"""Each check finds the fault that it is for; the files as they are have none (`python deploy/check` says so)."""

import copy
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import alerting
import compose
import pytest
import units
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
WHOLE = yaml.safe_load((ROOT / "deploy/compose.yml").read_text(encoding="utf-8"))
ROUTES = yaml.safe_load((ROOT / "deploy/alertmanager/alertmanager.yml").read_text(encoding="utf-8"))


def with_fault(plant: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Returns compose.yml with a fault in it."""
    whole: dict[str, Any] = copy.deepcopy(WHOLE)
    plant(whole["services"])
    return whole


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (lambda services: services["serve"].pop("healthcheck"), "service serve has no healthcheck"),
        (lambda services: services["run-2"]["environment"].update(RASID_KAFKA__INSTANCE="rasid-1"), "one kafka.instance"),
        (lambda services: services["serve"]["depends_on"].update(redis={"condition": "service_healthy"}), "redis, which is no service"),
        (lambda services: services["serve"]["depends_on"].update({"run-1": {"condition": "service_completed_successfully"}}), "which does not end"),
    ],
)
def test_an_order_that_cannot_come_true_is_found(plant: Callable[[dict[str, Any]], Any], told: str) -> None:
    assert compose.health_and_order(WHOLE) == []
    assert any(told in fault for fault in compose.health_and_order(with_fault(plant)))


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (lambda services: services["serve"].update(ports=["127.0.0.1:8080:8081"]), "is published, it listens on"),
        (lambda services: services["grafana"].update(ports=["3000:3000"]), "published beyond this machine"),
        (lambda services: services["run-1"]["environment"].update(RASID_ADMIN__STREAM_LISTEN="0.0.0.0:9191"), "its healthcheck asks port 9091"),
        (lambda services: services["run-1"]["environment"].update(RASID_KAFKA__BROKERS="kafka:9094"), "kafka:9094 is asked"),
        (lambda services: services["serve"]["environment"].update(RASID_ADMIN__LISTEN="0.0.0.0:9099"), "serve:9090 is asked"),
    ],
)
def test_a_port_that_nobody_listens_on_is_found(plant: Callable[[dict[str, Any]], Any], told: str) -> None:
    assert compose.ports(ROOT, WHOLE) == []
    assert any(told in fault for fault in compose.ports(ROOT, with_fault(plant)))


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (lambda services: services["prometheus"]["volumes"].append("./gone.yml:/etc/gone.yml:ro"), "./gone.yml does not exist"),
        (lambda services: services["serve"]["volumes"].append("pictures:/pictures"), "there is no volume pictures"),
        (lambda services: services["serve"].update(secrets=[]), "it does not mount the secret rasid.toml"),
        (lambda services: services["kafka"].update(secrets=["password"]), "there is no secret password"),
    ],
)
def test_a_mount_of_nothing_is_found(plant: Callable[[dict[str, Any]], Any], told: str, tmp_path: Path) -> None:
    for secret in WHOLE["secrets"]:
        (tmp_path / secret).touch()
    assert compose.mounts(ROOT / "deploy", WHOLE, tmp_path) == []
    assert any(told in fault for fault in compose.mounts(ROOT / "deploy", with_fault(plant), tmp_path))


def test_a_key_that_compose_does_not_know_is_found(tmp_path: Path) -> None:
    text = (ROOT / "deploy/compose.yml").read_text(encoding="utf-8")
    (tmp_path / "compose.yml").write_text(text, encoding="utf-8")
    assert compose.schema(tmp_path) == []
    (tmp_path / "compose.yml").write_text(text.replace("retries: 4", "retry: 4"), encoding="utf-8")
    assert "retry" in compose.schema(tmp_path)[0]


def test_a_secret_that_nobody_makes_is_found(tmp_path: Path) -> None:
    assert "secret rasid.toml: make-secrets.sh does not make ./secrets/rasid.toml" in compose.mounts(ROOT / "deploy", WHOLE, tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("deploy/Containerfile", "rust:1", "rust:2", "rust-toolchain.toml names another"),
        ("deploy/Containerfile", "RASID_DETECT__ONNXRUNTIME_PATH", "RASID_DETECT__ONNX_PATH", "RASID_DETECT__ONNX_PATH is no key"),
        (".dockerignore", "deploy/secrets", "deploy/secret", "does not leave out deploy/secrets"),
    ],
)
def test_an_image_that_could_not_be_is_found(file: str, old: str, new: str, told: str, tmp_path: Path) -> None:
    for one in ("deploy/Containerfile", "rust-toolchain.toml", "deploy/config.default.toml", "deploy/runtime/pom.xml", ".dockerignore"):
        (tmp_path / one).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / one, tmp_path / one)
    assert compose.container(tmp_path, WHOLE) == []
    text = (tmp_path / file).read_text(encoding="utf-8")
    (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
    assert any(told in fault for fault in compose.container(tmp_path, WHOLE))


def test_an_alert_that_no_team_takes_or_two_is_found() -> None:
    told = alerting.routes(ROOT / "deploy/alertmanager/alertmanager.yml", {**ROUTES, "route": {"routes": []}}, {"RasidNotReady": "page"})
    assert told == ["alert RasidNotReady is taken by no team in alertmanager.yml, it must be one"]
    twice = {"route": {"routes": ROUTES["route"]["routes"] * 2}}
    told = alerting.routes(ROOT / "deploy/alertmanager/alertmanager.yml", twice, {"RasidNotReady": "page"})
    assert told[0].startswith("alert RasidNotReady is taken by ['platform', 'platform']")


def test_an_inhibition_of_nothing_or_of_itself_is_found() -> None:
    rules = {"inhibit_rules": [{"source_matchers": ['alertname =~ "Rasid(Gone|NotReady)"'], "target_matchers": ['alertname = "RasidNotReady"']}]}
    told = alerting.inhibitions(rules, ["RasidNotReady"])
    assert told == ["an inhibition of alertmanager.yml names RasidGone, which is no alert", "alert RasidNotReady would silence itself"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ProtectSystem=strict", "ProtectSystems=strict", "systemd-analyze verify"),
        ("NoNewPrivileges=true\nProtectSystem=strict\nProtectHome=true", "ProtectSystem=no", "systemd-analyze security"),
    ],
)
def test_a_unit_that_systemd_would_not_take_or_not_shut_in_is_found(old: str, new: str, told: str) -> None:
    text = (ROOT / "deploy/systemd/rasid-serve.service").read_text(encoding="utf-8").replace(units.INSTALLED, "/bin/true")
    assert units._analysed("rasid-serve.service", text) == []
    weak = re.sub(r"\n(Private|Restrict|Capability|SystemCall).*", "", text) if "security" in told else text
    assert any(told in fault for fault in units._analysed("rasid-serve.service", weak.replace(old, new)))
