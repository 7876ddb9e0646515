"""Which database a command works on, whether it answers, and bringing its schema up to date."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.core.exceptions import ImproperlyConfigured

from controlplane.environment import database_settings, env_secret
from controlplane.runtime import var
from controlplane.runtime.postgres.embedded import EmbeddedPostgres
from controlplane.runtime.problem import CannotStart

logger = logging.getLogger(__name__)

VARIABLE = "DATABASE_URL"
CONNECT_SECONDS_MAX = 10
LOCK_TIMEOUT = "5s"
# Any number will do, as long as everyone who migrates takes the same.
MIGRATION_LOCK = 5_031_947


def is_given() -> bool:
    """Whether the environment names a database of its own (in `DATABASE_URL` or its file)."""
    try:
        return env_secret(VARIABLE, default="") != ""
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from error


def check_reachable() -> None:
    """Raises `CannotStart` unless the given database lets us in."""
    try:
        url = env_secret(VARIABLE, default="")
        database_settings(url)
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX).close()
        # For processes that do not know of DATABASE_URL_FILE.
        os.environ[VARIABLE] = url
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from error
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotStart(
            f"The database that DATABASE_URL names cannot be used: {reason}"
        ) from error


def locate(folder: Path) -> EmbeddedPostgres | None:
    """Makes sure that `DATABASE_URL` names a database: the given one, or the embedded one.

    The embedded one is returned, and does not run yet; the given one is known to let us in.
    """
    if is_given():
        check_reachable()
        return None
    var.prepare(folder)
    server = EmbeddedPostgres(folder)
    os.environ[VARIABLE] = server.url()
    return server


@contextmanager
def running(server: EmbeddedPostgres | None) -> Iterator[None]:
    """Has the embedded server, if that is the database, running for the length of the block."""
    if server is None:
        yield
        return
    try:
        server.acquire()
        yield
    finally:
        server.release()


def bring_up_to_date() -> None:
    """The schema by its migrations, the price list if there is none yet, and what we know of it."""
    from controlplane.catalog.price_list import load_price_list, update_output_limits

    _migrate()
    if not load_price_list():
        update_output_limits()


def _migrate() -> None:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    logger.info("Bringing the database's schema up to date.")
    try:
        _migrate_alone()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotStart(
            f"The database's schema cannot be brought up to date: {reason}"
        ) from error


def _migrate_alone() -> None:
    from django.core.management import call_command
    from django.db import connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            # A crash may undo the last steps, which are then taken again; the disk sets no pace.
            cursor.execute("SET synchronous_commit = off")
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        # The lock and the time-out belong to the session, and end with it.
        connection.close()
