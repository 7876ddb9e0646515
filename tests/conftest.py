"""One real PostgreSQL for the run; every worker migrates its own database before its first test."""

import os

import pytest

from tests import postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["PURSER_SECRET_KEY"] = "a secret key for tests alone"
os.environ["PURSER_SEALING_KEY"] = "c2VhbGluZyBrZXkgZm9yIHRlc3RzIGFsb25lISEhISE="


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVER] = postgres.server_for_run()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    url = postgres.create_database(os.environ[postgres.SERVER_VARIABLE], f"purser_{worker}")
    os.environ["DATABASE_URL"] = url
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        _migrate()


def pytest_unconfigure(config: pytest.Config) -> None:
    if (server := config.stash.get(SERVER, None)) is not None:
        from django.db import connections

        connections.close_all()
        server.stop()


def _migrate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


SERVER = pytest.StashKey[postgres.TestServer | None]()


@pytest.fixture(scope="session")
def database_url() -> str:
    """The migrated database of this test worker."""
    return os.environ["DATABASE_URL"]


@pytest.fixture
def database(database_url: str) -> str:
    """The database's URL; every table is empty when the test starts."""
    from django.db import connection

    if connection.connection is not None and not connection.is_usable():
        connection.close()  # an outage of the test before
    postgres.empty(database_url)
    return database_url
