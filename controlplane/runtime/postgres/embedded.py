"""The embedded PostgreSQL: start it or attach to it, and stop it when nobody uses it any more."""

import logging
import os
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg

from controlplane.runtime.locks import FileLock
from controlplane.runtime.postgres import cluster, guardian, server_user
from controlplane.runtime.problem import CannotStart

logger = logging.getLogger(__name__)

DATABASE = "purser"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 65.0
POLL_SECONDS = 0.02


class EmbeddedPostgres:
    """The server in one `var` folder, as one of the processes that use it sees it."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._data = var / "postgres"
        self._user = server_user.find_or_create()
        self._sockets = cluster.socket_folder(self._data)
        self._starting = FileLock(var / "postgres.starting")
        self._using = FileLock(var / "postgres.using")
        self._guardian: subprocess.Popen[bytes] | None = None

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self._sockets))}"

    def acquire(self) -> None:
        """Joins the users of the server, starts it if it does not run, waits until it answers."""
        self._starting.exclude()
        self._using.share()
        if not self._answers():
            cluster.make_available(self._user)
            if not (self._data / "PG_VERSION").exists():
                logger.info("Creating the embedded PostgreSQL in %s.", self._data)
                cluster.create(self._data, self._user)
            self._spawn()
        self._wait_until_ready()
        self._starting.release()

    def is_running(self) -> bool:
        if self._guardian is not None:
            return self._guardian.poll() is None
        return self._answers()

    def release(self) -> None:
        """Leaves the users of the server; the last one stops it and waits until it is down."""
        self._starting.release()
        if self._using.try_to_exclude():
            self._stop()
        elif not self._using.try_to_share():
            # Its guardian was quicker and is stopping it right now.
            self._using.share()
        self._using.close()
        self._starting.close()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._is_ready():
            if self._guardian is not None and self._guardian.poll() is not None:
                raise CannotStart(f"The embedded PostgreSQL does not start: {self._last_words()}")
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"The embedded PostgreSQL is not ready after {START_SECONDS_MAX:.0f} seconds."
                )
            time.sleep(POLL_SECONDS)

    def _spawn(self) -> None:
        self._user.make_folder(self._sockets)
        self._user.let_through(self._sockets)
        _forget_stale_pid(self._data)
        with (self._var / "postgres-start.log").open("wb") as log:
            self._guardian = subprocess.Popen(
                guardian.command_line(
                    self._var / "postgres.using",
                    self._user.uid,
                    self._user.gid,
                    cluster.server_command(self._data, self._sockets),
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )

    def _answers(self) -> bool:
        with closing(socket.socket(socket.AF_UNIX)) as probe:
            try:
                probe.connect(str(self._sockets / ".s.PGSQL.5432"))
            except OSError:
                return False
        return True

    def _is_ready(self) -> bool:
        if not self._answers():
            return False
        try:
            self._ensure_database()
        except psycopg.OperationalError:
            return False
        return True

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(known, [DATABASE]).fetchone() is not None:
                return
            with psycopg.connect(self.url("template1"), autocommit=True) as template:
                template.execute("CREATE EXTENSION IF NOT EXISTS vector")
            connection.execute(f"CREATE DATABASE {DATABASE}")

    def _stop(self) -> None:
        if (pid := _postmaster(self._data)) is None or not self._answers():
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while (self._data / "postmaster.pid").exists() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if self._guardian is not None:
            self._guardian.wait(STOP_SECONDS_MAX)
        if self._sockets != self._data:
            self._sockets.rmdir()

    def _last_words(self) -> str:
        lines = (self._var / "postgres-start.log").read_text(errors="replace").splitlines()
        told = [line for line in lines if "FATAL:" in line or "PANIC:" in line] or lines
        return told[-1] if told else "no reason given"


def _postmaster(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _forget_stale_pid(data: Path) -> None:
    """PostgreSQL refuses to start while another process has the pid that a crash left behind."""
    import psutil

    if (pid := _postmaster(data)) is None:
        return
    try:
        process = psutil.Process(pid)
        if process.name() == "postgres" and Path(process.cwd()) == data:
            process.wait(STOP_SECONDS_MAX)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired, psutil.AccessDenied):
        return
    (data / "postmaster.pid").unlink(missing_ok=True)
