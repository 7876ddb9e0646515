"""pyreqwest behind httpx's transport interface.

The adapter that comes with pyreqwest fills a buffer before it hands anything out, which would hold
up a stream; this one hands out each piece as it arrives.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.exceptions import TransportError as ReqwestTransportError
from pyreqwest.response import Response

from dataplane.settings import Settings

POOL_IDLE_SECONDS = 30
READ_AHEAD_BYTES = 0


class ReqwestTransport(httpx.AsyncBaseTransport):
    """One pool of connections. Raises httpx's errors."""

    def __init__(self, settings: Settings) -> None:
        self._client = _client(settings)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sending = (
            self._client.request(request.method, str(request.url))
            .headers(request.headers.multi_items())
            .body_bytes(request.content)
            .streamed_read_buffer_limit(READ_AHEAD_BYTES)
            .build_streamed()
        )
        stack = AsyncExitStack()
        try:
            response = await stack.enter_async_context(sending)
        except PyreqwestError as error:
            raise _as_httpx(error) from None
        return httpx.Response(
            response.status,
            headers=list(response.headers.items()),
            stream=_Pieces(response, stack),
        )

    async def aclose(self) -> None:
        await self._client.close()


class _Pieces(httpx.AsyncByteStream):
    """The body, piece by piece, as it arrives."""

    def __init__(self, response: Response, stack: AsyncExitStack) -> None:
        self._reader = response.body_reader
        self._stack = stack

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while (piece := await self._reader.read_chunk()) is not None:
                yield bytes(piece)
        except PyreqwestError as error:
            raise _as_httpx(error) from None

    async def aclose(self) -> None:
        await self._stack.aclose()


def _as_httpx(error: PyreqwestError) -> httpx.TransportError:
    """Only the kind of error; its text names addresses."""
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout("the provider took too long")
    if isinstance(error, ReqwestTransportError):
        return httpx.NetworkError("the connection failed")
    return httpx.ProtocolError("the exchange failed")


def _client(settings: Settings) -> Client:
    connect = timedelta(seconds=settings.upstream_connect_timeout_seconds)
    return (
        ClientBuilder()
        .connect_timeout(connect)
        .pool_timeout(connect)
        .pool_idle_timeout(timedelta(seconds=POOL_IDLE_SECONDS))
        .max_connections(settings.upstream_connections_max)
        .follow_redirects(False)
        .default_cookie_store(False)
        .referer(False)
        .gzip(False)
        .brotli(False)
        .zstd(False)
        .deflate(False)
        .no_proxy()
        .tcp_nodelay(True)
        .http1_only()
        .build()
    )
