"""A client of Anthropic's whose model is OpenAI's, or of a server like it."""

from collections.abc import Iterator

import anthropic
import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.openai_conversing.gpt import MODEL
from tests.plane import Plane

PROVIDERS = {
    "openai": {"kind": "openai"},
    "azure_openai": {"kind": "azure_openai"},
    "deepseek": {"kind": "openai_compatible", "price_list": "deepseek"},
}


@pytest.fixture
def server() -> str:
    """Which of the providers it is; a test may say."""
    return "openai"


@pytest.fixture
def client(plane: Plane, upstream: FakeUpstream, server: str) -> Iterator[anthropic.Anthropic]:
    from tests import catalog  # needs the apps, which pytest's configuration sets up

    secret = catalog.callable_model(
        "gpt-4o", base_url=f"{upstream.url}/v1", id="far", **PROVIDERS[server]
    )
    plane.wait_for_catalog(MODEL)
    with anthropic.Anthropic(base_url=plane.url, api_key=secret, max_retries=0) as client:
        yield client
