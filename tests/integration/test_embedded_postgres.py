"""The embedded PostgreSQL: shared by its users, gone with the last, however that one ends."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from controlplane.runtime.postgres.embedded import EmbeddedPostgres

USER = """
import sys
from pathlib import Path
from controlplane.runtime.postgres.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.acquire()
print("ready", flush=True)
sys.stdin.read()
server.release()
"""


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One folder for all tests here: creating a server takes a second.

    Not in pytest's own: every run closes that to other users, and under root the server is one.
    """
    folder = Path(tempfile.mkdtemp(prefix="purser-postgres-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start_user(var: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Starts processes that use the server until their input ends."""
    users: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", USER, str(var)]
        pipe = subprocess.PIPE
        users.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        assert users[-1].stdout is not None
        assert users[-1].stdout.readline() == "ready\n"
        return users[-1]

    yield start
    for user in users:
        user.communicate()


def servers(var: Path) -> list[psutil.Process]:
    """The postmaster and its guardian, while they run."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and str(var / "postgres") in " ".join(process.info["cmdline"] or [])
    ]


def wait_until_gone(var: Path) -> None:
    deadline = time.monotonic() + 20
    while servers(var) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert servers(var) == []


def test_it_is_there_with_vectors_and_stops_with_its_only_user(var: Path) -> None:
    server = EmbeddedPostgres(var)
    server.acquire()
    with psycopg.connect(server.url()) as connection:
        distance = connection.execute("SELECT '[1,2]'::vector <-> '[1,3]'").fetchone()
    server.release()

    assert distance == (1.0,)
    assert servers(var) == []


def test_a_second_user_attaches_and_the_first_may_leave(
    var: Path, start_user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    first, server = start_user(), EmbeddedPostgres(var)
    server.acquire()
    first.communicate()

    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.release()
    assert servers(var) == []


def test_it_stops_when_its_last_user_is_killed(
    var: Path, start_user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    start_user().kill()

    wait_until_gone(var)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_it_survives_the_death_of_its_guardian(
    var: Path, start_user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    user = start_user()
    for process in servers(var):
        if "guardian" in " ".join(process.cmdline()):
            process.kill()
    wait_until_gone(var)
    user.communicate()

    server = EmbeddedPostgres(var)
    server.acquire()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.release()


def test_a_stale_pid_file_does_not_keep_it_from_starting(var: Path) -> None:
    earlier = EmbeddedPostgres(var)
    earlier.acquire()
    earlier.release()
    stale = psutil.Process().parents()[-1].pid
    (var / "postgres" / "postmaster.pid").write_text(f"{stale}\n")
    server = EmbeddedPostgres(var)
    server.acquire()
    server.release()

    assert servers(var) == []


def test_a_path_too_long_for_a_socket_is_no_obstacle(var: Path) -> None:
    var = var / ("long " * 25)
    var.mkdir()
    server = EmbeddedPostgres(var)
    server.acquire()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.release()

    assert servers(var) == []
