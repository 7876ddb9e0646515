"""The parts of an integration test: a database, a far end, a data plane, and a key to call it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.upstream import FakeUpstream
from tests.personas import Caller, caller
from tests.plane import Plane


@pytest.fixture
def alice(database: str) -> Caller:
    """May do everything, everywhere."""
    return caller("admin")


@pytest.fixture
def bob(database: str) -> Caller:
    """An engineer at acme."""
    return caller("engineer", "acme")


@pytest.fixture
def mallory(database: str) -> Caller:
    """An administrator, but of a rival's alone."""
    return caller("admin", "rival")


@pytest.fixture
def quick_passwords() -> Iterator[None]:
    """A password is hashed in no time; it has to take half a second where it counts."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def _upstream() -> Iterator[FakeUpstream]:
    upstream = FakeUpstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def upstream(_upstream: FakeUpstream) -> FakeUpstream:
    """The far end, with nothing asked of it yet."""
    _upstream.reset()
    return _upstream


@pytest.fixture
def start_plane(database: str, tmp_path: Path) -> Iterator[Callable[..., Plane]]:
    """Starts data planes with settings of a test's own; all are stopped after it."""
    planes: list[Plane] = []

    def start(**settings: Any) -> Plane:
        planes.append(Plane(**{"journal_dir": tmp_path / "journal", **settings}))
        return planes[-1]

    yield start
    for plane in planes:
        plane.stop()


@pytest.fixture
def plane(start_plane: Callable[..., Plane]) -> Plane:
    return start_plane()


@pytest.fixture
def http(plane: Plane) -> Iterator[httpx.Client]:
    """A plain HTTP client of the data plane."""
    with httpx.Client(base_url=plane.url, timeout=30) as client:
        yield client
