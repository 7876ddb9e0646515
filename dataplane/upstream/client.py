"""The HTTP client: requests handed straight to an httpx transport, and its errors named.

`httpx.AsyncClient` is not on the path (it costs ten times what the call does); its transport
interface is, so that tests and better engines can be put behind it.
"""

from collections.abc import AsyncIterator
from typing import Protocol

import httpx

from dataplane.providers.base import UpstreamRequest
from dataplane.settings import Settings
from dataplane.upstream.engine import ReqwestTransport


class AttemptFailed(Exception):
    """One attempt came to nothing. `code` is what the usage record says of it."""

    def __init__(self, code: str, status: int | None = None, refusal: bytes | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.refusal = refusal
        self.headers: dict[str, str] = {}

    @property
    def timed_out(self) -> bool:
        return self.code == "upstream_timeout"


class UpstreamResponse(Protocol):
    """What comes back: a status, headers, and bytes as they arrive."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> httpx.Headers: ...
    def aiter_raw(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


class UpstreamClient:
    """One pool of connections to all providers."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    @classmethod
    def from_settings(cls, settings: Settings) -> "UpstreamClient":
        return cls(ReqwestTransport(settings))

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Sends it and returns when the head of the answer is there. Raises `AttemptFailed`."""
        http_request = httpx.Request(
            "POST", request.url, headers=request.headers, content=request.body
        )
        try:
            return await self._transport.handle_async_request(http_request)
        except httpx.TimeoutException as error:
            raise AttemptFailed("upstream_timeout") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise AttemptFailed("upstream_failed") from error

    async def aclose(self) -> None:
        await self._transport.aclose()


async def read_chunks(response: UpstreamResponse) -> AsyncIterator[bytes]:
    """The bytes of an answer as they come. Raises `AttemptFailed` where they break off."""
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx.TimeoutException as error:
        raise AttemptFailed("upstream_timeout") from error
    except (httpx.TransportError, httpx.StreamError) as error:
        raise AttemptFailed("upstream_failed") from error
