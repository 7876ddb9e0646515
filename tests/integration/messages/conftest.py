"""A client of Anthropic's whose model is Claude."""

from collections.abc import Iterator

import anthropic
import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.responses.claude import MODEL
from tests.plane import Plane


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    from tests import catalog  # needs the apps, which pytest's configuration sets up

    secret = catalog.callable_model("claude-sonnet-4-5", base_url=upstream.url, kind="anthropic")
    plane.wait_for_catalog(MODEL)
    return secret


@pytest.fixture
def client(plane: Plane, secret: str) -> Iterator[anthropic.Anthropic]:
    """As it comes: with the SDK's own retries."""
    with anthropic.Anthropic(base_url=plane.url, api_key=secret) as client:
        yield client
