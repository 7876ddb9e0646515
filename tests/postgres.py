"""The real PostgreSQL of a test run: one embedded server, a database for each xdist worker."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from controlplane.runtime.postgres.embedded import EmbeddedPostgres

SERVER_VARIABLE = "PURSER_TEST_SERVER"


class TestServer:
    """An embedded PostgreSQL in a temporary folder, gone with the test run."""

    __test__ = False

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="purser-test-"))
        self._server = EmbeddedPostgres(self._folder)
        self._server.acquire()
        self.url = self._server.url("postgres")
        with psycopg.connect(self.url, autocommit=True) as connection:
            # Nobody needs these data after a crash.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        self._server.release()
        shutil.rmtree(self._folder, ignore_errors=True)


def create_database(server_url: str, name: str) -> str:
    """A fresh database on the server; returns its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    host = psycopg.conninfo.conninfo_to_dict(server_url)["host"]
    return f"postgresql://postgres:@/{name}?host={host}"


def truncate(url: str) -> None:
    """Empties every table that a test may have written to."""
    with psycopg.connect(make_conninfo(url), autocommit=True) as connection:
        tables = connection.execute(
            """SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
               WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
                 AND NOT relispartition
                 AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
            """
        ).fetchone()
        assert tables is not None
        # Replicas heed no triggers, of which one guards the audit log.
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE")


def server_for_run() -> TestServer | None:
    """Starts the run's server, unless a parent process (xdist's controller) did."""
    if SERVER_VARIABLE in os.environ:
        return None
    server = TestServer()
    os.environ[SERVER_VARIABLE] = server.url
    return server
