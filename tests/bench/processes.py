"""What processes cost, as the kernel counts it; and their families."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


def family(process_id: int) -> list[int]:
    """A process and everything below it."""
    try:
        process = psutil.Process(process_id)
        return [process_id, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(process_ids: Iterable[int]) -> float:
    """User and system time so far."""
    return sum(map(_cpu_seconds, process_ids))


def core_of(process_ids: Sequence[int]) -> int | None:
    """The one core that they are pinned to, if that is so."""
    cores = os.sched_getaffinity(process_ids[0]) if process_ids else set()
    return next(iter(cores)) if len(cores) == 1 else None


def busy_seconds(core: int | None) -> float:
    """How long a core was not idle so far, whoever used it."""
    lines = Path("/proc/stat").read_text().splitlines()
    found = next((line for line in lines if line.startswith(f"cpu{core} ")), None)
    if found is None:
        return 0.0
    user, nice, system, _idle, _waiting, irq, softirq, stolen = map(int, found.split()[1:9])
    return (user + nice + system + irq + softirq + stolen) / TICKS_PER_SECOND


def peak_mib(process_ids: Iterable[int]) -> float:
    """The most memory that was ever resident, summed over the processes."""
    return sum(_status_bytes(process_id, "VmHWM") for process_id in process_ids) / MIB


def resident_mib(process_ids: Iterable[int]) -> float:
    return sum(_status_bytes(process_id, "VmRSS") for process_id in process_ids) / MIB


def shared_out_mib(process_ids: Iterable[int]) -> float:
    """Resident memory with what processes share split among them, so that the sum is honest."""
    return sum(_shared_out_bytes(process_id) for process_id in process_ids) / MIB


def _shared_out_bytes(process_id: int) -> int:
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _cpu_seconds(process_id: int) -> float:
    try:
        text = Path(f"/proc/{process_id}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # The name, in parentheses, may hold anything; utime and stime are fields 14 and 15 of all.
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def _status_bytes(process_id: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = next((line for line in lines if line.startswith(f"{name}:")), f"{name}: 0 kB")
    return int(found.split()[1]) * 1024
