"""The units of deploy/systemd."""

import re
import tempfile
from pathlib import Path

from common import ask, drain_seconds, lacks_command, unknown_variables

# Tenths of systemd-analyze's points, at most; a service without any protection has 96.
EXPOSURE_MAX = 15
INSTALLED = "/usr/local/bin/rasid"


def faults(root: Path, rasid: Path) -> list[str]:
    """Returns what is wrong with deploy/systemd."""
    folder = root / "deploy/systemd"
    found = []
    units = sorted(folder.glob("*.service"))
    if len(units) != 2:
        found.append("deploy/systemd must hold rasid-run@.service and rasid-serve.service")
    for unit in units:
        found += [f"{unit.name}: {fault}" for fault in _unit(root, rasid, unit)]
    for file in sorted(folder.glob("*.env")):
        text = file.read_text(encoding="utf-8")
        variables = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
        found += [f"{file.name}: {name} is no key of deploy/config.default.toml" for name in unknown_variables(root, list(variables))]
        code, _, error = ask(rasid, "check-config", variables=variables | {"RASID_DATABASE__URL": "postgres://rasid@localhost/rasid"})
        if code != 0:
            found.append(f"{file.name}: {error.strip()}")
    ports = [re.findall(r"^RASID_ADMIN__STREAM_LISTEN=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE) for file in folder.glob("run-*.env")]
    if len({str(port) for port in ports}) != len(ports):
        found.append("two of deploy/systemd/run-*.env have one port for operators")
    code, _, error = ask("systemd-sysusers", "--dry-run", folder / "rasid.sysusers")
    return found + ([f"rasid.sysusers: {error.strip()}"] if code != 0 else [])


def _unit(root: Path, rasid: Path, unit: Path) -> list[str]:
    text = unit.read_text(encoding="utf-8")
    found = []
    command = re.search(rf"^ExecStart={INSTALLED} (.+)$", text, re.MULTILINE)
    if command is None:
        found.append(f"it does not start {INSTALLED}")
    elif fault := lacks_command(rasid, command[1].split()):
        found.append(fault)
    set_here = re.findall(r"^Environment=(RASID_\w+)", text, re.MULTILINE)
    found += [f"{name} is no key of deploy/config.default.toml" for name in unknown_variables(root, set_here)]
    stop = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    if stop is None or int(stop[1]) <= drain_seconds(root):
        found.append(f"TimeoutStopSec must be longer than the {drain_seconds(root):.0f} s that ending may take")
    return found + _analysed(unit.name, text.replace(INSTALLED, str(rasid)))


def _analysed(name: str, text: str) -> list[str]:
    """What systemd itself says, of a copy that starts a program which is on this machine."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / name.replace("@.", "@1.")
        copy.write_text(text, encoding="utf-8")
        code, told, error = ask("systemd-analyze", "verify", "--man=no", copy)
        # It ends with 0 although it warns of what it does not know.
        said = [line for line in (told + error).splitlines() if copy.name in line]
        if code != 0 or said:
            found.append(f"systemd-analyze verify: {'; '.join(said) or error.strip()}")
        code, told, error = ask("systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE_MAX}", copy)
        if code != 0:
            overall = [line for line in told.splitlines() if "Overall" in line]
            found.append(f"systemd-analyze security: {' '.join(overall) or error.strip()}, at most {EXPOSURE_MAX / 10} is allowed")
    return found
