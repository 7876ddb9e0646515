"""Planes and clients for the two providers of `tests.far_and_near`."""

from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from tests.fakes.upstream import FakeUpstream
from tests.far_and_near import Client, Providers
from tests.integration.routing.stories import QUESTION
from tests.plane import Plane

NAMES = ("provider", "model")


@pytest.fixture
def providers(upstream: FakeUpstream, database: str) -> Providers:
    """`far/gpt-4o` and, at twice the price, `near/gpt-4o`; and a budget that counts them."""
    from tests import builders, catalog  # need the apps, which are set up by now

    for name, factor in (("far", 1), ("near", 2)):
        catalog.priced_model(
            of=catalog.provider(name, base_url=f"{upstream.url}/{name}"),
            input_usd_per_mtok=catalog.INPUT_USD_PER_MTOK * factor,
            output_usd_per_mtok=catalog.OUTPUT_USD_PER_MTOK * factor,
        )
    builders.customer()
    builders.budget()
    return Providers(upstream)


@pytest.fixture
def connect(providers: Providers) -> Iterator[Callable[..., Client]]:
    """A client of a plane; its key falls back from `far` to `near` unless told otherwise."""
    clients: list[Client] = []

    def make(plane: Plane, **policy: Any) -> Client:
        from tests import catalog  # as above

        fallbacks = [{"provider": "near", "model": "gpt-4o"}]
        secret = catalog.key(f"vk-{len(clients)}", **{"fallbacks": fallbacks, **policy})
        plane.wait_for_catalog("near/gpt-4o")
        clients.append(Client(plane, secret))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def plane(providers: Providers, start_plane: Callable[..., Plane]) -> Plane:
    return start_plane(upstream_first_byte_timeout_seconds=1.0, upstream_chunk_timeout_seconds=1.0)


@pytest.fixture
def client(plane: Plane, connect: Callable[..., Client]) -> Client:
    """Falls back from `far` to `near`."""
    return connect(plane)


@pytest.fixture
def lone(plane: Plane, connect: Callable[..., Client]) -> Client:
    """Has nobody but `far`."""
    return connect(plane, fallbacks=[])


@pytest.fixture
def claude_at(upstream: FakeUpstream, providers: Providers) -> Callable[..., None]:
    """Makes a provider of Anthropic's kind with one model."""

    def make(name: str, model: str = "claude-haiku-4-5") -> None:
        from tests import catalog  # as above

        of = catalog.provider(name, base_url=f"{upstream.url}/{name}", kind="anthropic")
        catalog.priced_model(model, of=of)

    return make


@pytest.fixture
def secret(plane: Plane, providers: Providers) -> Callable[..., str]:
    """The secret of a key that has streams resumed at these fallbacks."""

    def make(*fallbacks: str, **policy: Any) -> str:
        from tests import catalog  # as above

        entries = [dict(zip(NAMES, each.split("/"), strict=True)) for each in fallbacks]
        secret = catalog.key("vk-resume", fallbacks=entries, stream_failure="resume", **policy)
        for name in ("near/gpt-4o", *fallbacks):
            plane.wait_for_catalog(name)
        return secret

    return make


@pytest.fixture
def ask(plane: Plane) -> Callable[..., list[Any]]:
    """Asks for a stream with OpenAI's SDK, and gives its chunks."""

    def ask(secret: str, model: str = "far/gpt-4o", **fields: Any) -> list[Any]:
        with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
            return list(
                client.chat.completions.create(
                    model=model, messages=QUESTION, stream=True, **fields
                )
            )

    return ask
