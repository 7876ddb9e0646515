"""On what a run was made, and when: a number without its machine says little."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.bench.cores import Cores


def facts(layout: Cores) -> dict[str, str]:
    memory = psutil.virtual_memory().total / 2**30
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": _cores(layout),
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def paragraph(known: dict[str, str]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in known.items()) + "."


def _cores(layout: Cores) -> str:
    if layout.are_shared:
        return "ONE FOR EVERYTHING, so these numbers say little"
    return f"gateway on {layout.gateway}, everything else on {sorted(layout.rest)}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
