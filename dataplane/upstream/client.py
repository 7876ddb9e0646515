"""The HTTP client: requests handed straight to an httpx transport, and its errors named.

`httpx.AsyncClient` is not on the path (it costs ten times what the call does); its transport
interface is, so that others can be put in its place.
"""

import functools
import math

import httpx

from dataplane.providers.base import UpstreamRequest
from dataplane.settings import Settings
from dataplane.upstream.transport.pool import Limits
from dataplane.upstream.transport.transport import LeanTransport

ORIGIN_SHARE = 0.75
URLS_CACHED_MAX = 1024


class AttemptFailed(Exception):
    """One attempt came to nothing. `code` is what the usage record says of it."""

    def __init__(self, code: str, status: int | None = None, refusal: bytes | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.refusal = refusal
        self.retry_after_seconds: float | None = None

    @property
    def timed_out(self) -> bool:
        return self.code == "upstream_timeout"


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
        except httpx.TimeoutException as error:
            raise AttemptFailed("upstream_timeout") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise AttemptFailed("upstream_failed") from error

    async def aclose(self) -> None:
        await self._transport.aclose()


BROKEN_OFF = (httpx.TransportError, httpx.StreamError)


def broken_off(error: Exception) -> AttemptFailed:
    """What it is called when an answer breaks off, one of `BROKEN_OFF`."""
    timed_out = isinstance(error, httpx.TimeoutException)
    return AttemptFailed("upstream_timeout" if timed_out else "upstream_failed")


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
