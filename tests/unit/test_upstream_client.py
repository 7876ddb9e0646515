"""What the client makes of a request, and of what goes wrong with it."""

import os
from dataclasses import replace

import httpx
import pytest

from dataplane.failures import AttemptFailed, Failure
from dataplane.providers.base import UpstreamRequest
from dataplane.settings import Settings
from dataplane.upstream.client import UpstreamClient, chunks_of, limits

URL = "https://far.example/v1/chat/completions?api-version=1"


def client(answer) -> UpstreamClient:
    return UpstreamClient(httpx.MockTransport(answer))


async def test_a_request_reaches_the_transport_as_it_is():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"yes")

    headers = httpx.Headers({"x-name": "Zoë"}, encoding="latin-1")
    response = await client(answer).send(UpstreamRequest(URL, headers, b"{}"))

    assert [chunk async for chunk in chunks_of(response)] == [b"yes"]
    assert (seen[0].method, str(seen[0].url), seen[0].content) == ("POST", URL, b"{}")
    assert seen[0].headers.raw == [(b"x-name", "Zoë".encode("latin-1"))]


async def test_what_cannot_be_sent_is_a_failed_attempt():
    request = UpstreamRequest("https://far.example:port/", httpx.Headers(), b"")

    with pytest.raises(AttemptFailed) as raised:
        await client(lambda request: httpx.Response(200)).send(request)

    assert raised.value.failure is Failure.CONNECT_FAILED


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (httpx.ConnectTimeout, Failure.CONNECT_TIMEOUT),
        (httpx.PoolTimeout, Failure.NO_CONNECTION_FREE),
        (httpx.ReadTimeout, Failure.FIRST_BYTE_TIMEOUT),
        (httpx.ConnectError, Failure.CONNECT_FAILED),
        (httpx.ReadError, Failure.CONNECTION_LOST),
        (httpx.RemoteProtocolError, Failure.CONNECTION_LOST),
    ],
)
async def test_errors_of_the_transport_are_named(
    error: type[httpx.TransportError], failure: Failure
):
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("no")

    with pytest.raises(AttemptFailed) as raised:
        await client(answer).send(UpstreamRequest(URL, httpx.Headers(), b""))

    assert raised.value.failure is failure


@pytest.mark.parametrize(("connections", "of_one"), [(1, 1), (10, 8), (1000, 750)])
def test_no_provider_can_take_all_connections(connections: int, of_one: int):
    settings = Settings.from_env({**os.environ, "DATABASE_URL": "postgresql://nowhere"})

    given = limits(replace(settings, upstream_connections_max=connections))

    assert (given.connections_max, given.connections_per_origin_max) == (connections, of_one)
