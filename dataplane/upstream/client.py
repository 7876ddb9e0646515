"""The HTTP client: requests handed straight to an httpx transport, and its errors named.

`httpx.AsyncClient` is not on the path (it costs ten times what the call does); its transport
interface is, so that others can be put in its place.
"""

import functools
import math

import httpx

from dataplane.failures import AttemptFailed, Failure
from dataplane.providers.base import UpstreamRequest
from dataplane.settings import Settings
from dataplane.upstream.transport.pool import Limits
from dataplane.upstream.transport.transport import LeanTransport

ORIGIN_SHARE = 0.75
URLS_CACHED_MAX = 1024


UpstreamResponse = httpx.Response
"""What comes back: a status, headers, and a stream of bytes as they arrive."""


class UpstreamClient:
    """One pool of connections to all providers."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    @classmethod
    def from_settings(cls, settings: Settings) -> "UpstreamClient":
        return cls(LeanTransport(limits(settings)))

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Sends it and returns when the head of the answer is there. Raises `AttemptFailed`."""
        try:
            return await self._transport.handle_async_request(Request(request))
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise AttemptFailed(_what(error)) from error

    async def aclose(self) -> None:
        await self._transport.aclose()


BROKEN_OFF = (httpx.TransportError, httpx.StreamError)


def broken_off(error: Exception) -> AttemptFailed:
    """What it is called when an answer breaks off, one of `BROKEN_OFF`."""
    timed_out = isinstance(error, httpx.TimeoutException)
    return AttemptFailed(Failure.CHUNK_TIMEOUT if timed_out else Failure.TRUNCATED)


_BEFORE_AN_ANSWER = (
    (httpx.ConnectTimeout, Failure.CONNECT_TIMEOUT),
    (httpx.PoolTimeout, Failure.NO_CONNECTION_FREE),
    (httpx.TimeoutException, Failure.FIRST_BYTE_TIMEOUT),
    ((httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL), Failure.CONNECT_FAILED),
)


def _what(error: Exception) -> Failure:
    """What it is called when no answer has begun."""
    for kinds, failure in _BEFORE_AN_ANSWER:
        if isinstance(error, kinds):
            return failure
    return Failure.CONNECTION_LOST


def chunks_of(response: UpstreamResponse) -> httpx.AsyncByteStream:
    """The bytes of an answer as they come. Raises one of `BROKEN_OFF` where they break off."""
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    return stream


def limits(settings: Settings) -> Limits:
    """Some connections are kept from each provider, so that one that hangs does not stop all."""
    connections = settings.upstream_connections_max
    return Limits(
        connections_max=connections,
        connections_per_origin_max=math.ceil(connections * ORIGIN_SHARE),
        waiting_max=connections,
        connect_seconds=settings.upstream_connect_timeout_seconds,
        wait_seconds=settings.upstream_connect_timeout_seconds,
    )


class Request(httpx.Request):
    """httpx's request, without what makes it slow to build: nothing is copied, nothing added."""

    def __init__(self, request: UpstreamRequest) -> None:
        self.method = "POST"
        self.url = _parse(request.url)
        self.headers = request.headers
        self.stream = httpx.ByteStream(request.body)
        self.extensions = {}


@functools.lru_cache(maxsize=URLS_CACHED_MAX)
def _parse(url: str) -> httpx.URL:
    """Parsing costs more than the rest of a request; a process calls few addresses."""
    return httpx.URL(url)
