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
    """An embedded PostgreSQL in a temporary folder, gone with the test run; or in a lasting one."""

    __test__ = False

    def __init__(self, lasting: Path | None = None) -> None:
        self._is_lasting = lasting is not None
        self._folder = lasting or Path(tempfile.mkdtemp(prefix="purser-test-"))
        self._folder.mkdir(parents=True, exist_ok=True)
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
        if not self._is_lasting:
            shutil.rmtree(self._folder, ignore_errors=True)


def create_database(server_url: str, name: str) -> str:
    """A fresh database on the server; returns its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return database_url(server_url, name)


def database_url(server_url: str, name: str) -> str:
    host = psycopg.conninfo.conninfo_to_dict(server_url)["host"]
    return f"postgresql://postgres:@/{name}?host={host}"


def empty(url: str) -> None:
    """Empties every table that a test may have written to, and counts from one again.

    TRUNCATE would make new files for every table and index there is, which takes longer than most
    tests; few of the tables were ever written to.
    """
    with psycopg.connect(make_conninfo(url), autocommit=True) as connection:
        # Replicas heed no triggers: no foreign keys, and not the guard of the audit log.
        connection.execute("SET session_replication_role = replica")
        for (statement,) in connection.execute(EMPTYING).fetchall():
            connection.execute(statement)


EMPTYING = """
    SELECT format('DELETE FROM %I', relname) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
      AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    UNION ALL
    SELECT format('ALTER SEQUENCE %I RESTART', sequencename) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
      AND sequencename NOT IN (
          'django_migrations_id_seq', 'django_content_type_id_seq', 'auth_permission_id_seq'
      )
"""


def server_for_run() -> TestServer | None:
    """Starts the run's server, unless a parent process (xdist's controller) did."""
    if SERVER_VARIABLE in os.environ:
        return None
    server = TestServer()
    os.environ[SERVER_VARIABLE] = server.url
    return server
