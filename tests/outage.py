"""A database that is gone for a while, as its clients see it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo


@contextmanager
def outage(database_url: str) -> Iterator[None]:
    """Nobody is let in, and whoever is in is thrown out."""
    name = conninfo_to_dict(database_url)["dbname"]
    connection.close()
    with psycopg.connect(make_conninfo(database_url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
