"""Which processes `manage.py up` runs, with their command lines."""

import os
import socket
import sys
from pathlib import Path

from controlplane.runtime.supervision.child import Program

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 10.0
# After the drain the data plane still books what it answered.
BOOKING_SECONDS_MAX = 20.0
CONTROL_CONNECTIONS_MAX = "10"
# Exports of large tables take their time.
ANSWER_SECONDS_MAX = 600

# The data plane drains first, while everything it needs still runs.
STOPS_FIRST, STOPS_LAST = 2, 1


def control_plane(listener: socket.socket, host: str, data_url: str) -> Program:
    environment = {
        "PURSER_CONTROL_DATABASE_CONNECTIONS_MAX": CONTROL_CONNECTIONS_MAX,
        "PURSER_DATA_URL": os.environ.get("PURSER_DATA_URL") or data_url,
        "PURSER_CHECK_STARTS_AHEAD": os.environ.get("PURSER_CHECK_STARTS_AHEAD", "true"),
    }
    if "PURSER_ALLOWED_HOSTS" not in os.environ:
        environment["PURSER_ALLOWED_HOSTS"] = f"127.0.0.1,localhost,[::1],{host}"
    return Program(
        name="control",
        command=_python(
            "daphne",
            *("--fd", listener.fileno()),
            *("--http-timeout", ANSWER_SECONDS_MAX),
            *("--verbosity", 0),
            "controlplane.asgi:application",
        ),
        environment=environment,
        descriptors=(listener.fileno(),),
        stage=STOPS_LAST,
        stop_seconds=STOP_SECONDS,
        folder=ROOT,
    )


def simulator(listener: socket.socket) -> Program:
    return Program(
        name="simulator",
        command=_python("controlplane.simulator", "--fd", listener.fileno()),
        descriptors=(listener.fileno(),),
        stage=STOPS_LAST,
        stop_seconds=STOP_SECONDS,
        folder=ROOT,
    )


def data_plane(
    listener: socket.socket, number: int, drain_seconds: int, metrics: Path, journal: Path
) -> Program:
    """One of the data plane's processes; all of them accept from the same socket."""
    return Program(
        name=f"data-{number}",
        command=_python("dataplane", "--fd", listener.fileno(), "--drain-seconds", drain_seconds),
        environment={
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "PURSER_JOURNAL_DIR": str(journal),
        },
        descriptors=(listener.fileno(),),
        stage=STOPS_FIRST,
        stop_seconds=drain_seconds + BOOKING_SECONDS_MAX,
        folder=ROOT,
        when_gone=lambda pid: _forget_metrics(pid, metrics),
    )


def worker() -> Program:
    """Threads, as its tasks wait for the database; nothing it is never sent by others."""
    return Program(
        name="worker",
        command=_celery(
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            2,
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ),
        stage=STOPS_FIRST,
        stop_seconds=STOP_SECONDS,
        folder=ROOT,
    )


def beat(schedule: Path) -> Program:
    return Program(
        name="beat",
        command=_celery("beat", "--schedule", schedule, "--pidfile="),
        stage=STOPS_FIRST,
        stop_seconds=STOP_SECONDS,
        folder=ROOT,
    )


def _celery(*arguments: object) -> list[str]:
    return _python("celery", "--app", "controlplane.celery", "--quiet", *arguments)


def _python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]


def _forget_metrics(pid: int, folder: Path) -> None:
    """Gauges of a process that is gone must not be counted any more."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid, str(folder))
