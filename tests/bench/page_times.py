"""How long the server takes for a page, with how many queries, and how much it sends."""

import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

TRANSACTION = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b")


@dataclass(frozen=True)
class PageTime:
    """Of one page for one viewer: milliseconds of several answers, queries and bytes of one.

    `cpu_ms` is what an answer takes of the processor, here and in the database's own process: on a
    machine that is busy with other things, it tells more than the time that passed.
    """

    viewer: str
    path: str
    status: int
    milliseconds: tuple[float, ...]
    cpu_ms: float
    queries: int
    bytes: int

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def worst(self) -> float:
        return max(self.milliseconds)


def browser_of(username: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(username=username))
    return client


def measure(client: Client, viewer: str, path: str, runs: int) -> PageTime:
    """The first answer is not timed: its queries are counted."""
    with CaptureQueriesContext(connection) as captured:
        first = client.get(path)
    asked = [each for each in captured if not TRANSACTION.match(each["sql"])]
    started = _cpu_seconds()
    times = tuple(_timed(client, path) for _ in range(runs))
    cpu_ms = 1000 * (_cpu_seconds() - started) / runs
    return PageTime(viewer, path, first.status_code, times, cpu_ms, len(asked), len(first.content))


def slowest_queries(client: Client, path: str) -> Sequence[tuple[float, str]]:
    """Seconds and SQL, the slowest first."""
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    found = [(float(each["time"]), each["sql"]) for each in captured]
    return sorted(found, reverse=True)


def _timed(client: Client, path: str) -> float:
    started = time.perf_counter()
    client.get(path)
    return 1000 * (time.perf_counter() - started)


def _cpu_seconds() -> float:
    """Of this process, and of the one that serves its connection to the database."""
    connection.ensure_connection()
    server = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return time.process_time() + server.user + server.system
