#!/usr/bin/env python3
"""Whether what lies in deploy fits together and fits the program: dashboards, runbook, routes of alerts, compose, systemd.

    python deploy/check --rasid target/debug/rasid

Prints each fault with its place and ends with 1, or says what was looked at. Needs PyYAML, promtool, amtool,
docker-compose and systemd-analyze; what is missing is a fault too, nothing is skipped.
"""

import argparse
import sys
from pathlib import Path

import alerting
import compose
import dashboards
import pages
import units

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rasid", type=Path, default=ROOT / "target/debug/rasid", help="the program")
    rasid = parser.parse_args().rasid.resolve()
    if not rasid.is_file():
        print(f"{rasid} does not exist; build it, or name it with --rasid", file=sys.stderr)
        return 1
    found = []
    for part in (dashboards, pages, alerting, compose, units):
        faults = part.faults(ROOT, rasid)
        print(f"{part.__name__}: {len(faults)} faults" if faults else f"{part.__name__}: good")
        found += faults
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
