"""The machine, date and commit that a benchmark's table names."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

from newsfold.model.device import cores


def describe() -> dict[str, str]:
    """Processor, cores this process may use, date (UTC) and commit."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "machine": f"{names[0] if names else 'unknown'}, {cores()} cores",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": commit or "unknown",
    }
