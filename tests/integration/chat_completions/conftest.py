"""A client of OpenAI's whose model is Claude."""

from collections.abc import Iterator

import openai
import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.responses.claude import MODEL
from tests.plane import Plane


@pytest.fixture
def client(plane: Plane, upstream: FakeUpstream) -> Iterator[openai.OpenAI]:
    from tests import catalog  # needs the apps, which pytest's configuration sets up

    secret = catalog.callable_model(
        "claude-sonnet-4-5", base_url=f"{upstream.url}/v1", kind="anthropic"
    )
    plane.wait_for_catalog(MODEL)
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
        yield client
