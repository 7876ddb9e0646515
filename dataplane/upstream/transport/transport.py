"""The transport: httpx's interface on top, connections underneath."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import httpx

from dataplane.upstream.transport.connection import Connection
from dataplane.upstream.transport.head import Heads
from dataplane.upstream.transport.origin import Origin
from dataplane.upstream.transport.pool import Limits, Pool
from dataplane.upstream.transport.response import Response
from dataplane.upstream.transport.tls import trust

Locate = Callable[[Origin], Awaitable[str]]
"""The address to connect to, where not just any that the name has will do."""


class LeanTransport(httpx.AsyncBaseTransport):
    """For one event loop. Raises httpx's errors, whose texts name no address.

    A request that meets a connection which the server was just giving up is sent once more, on a
    fresh one, whatever its method: a server that closes an idle connection has not read what was
    on its way to it. That is the rule of browsers; without it, every quiet minute would end in an
    error that nobody made. Once a byte has come back, or if the connection was new, or if the
    server took its time, nothing is repeated. What remains is a server that read the request and
    died at once without a word: it is asked a second time, never a third.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        context: ssl.SSLContext | None = None,
        locate: Locate | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._context = context or trust()
        self._locate = locate
        self._heads = Heads()
        self._pool = Pool(self._limits, self._connect)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Returns with the head of the answer; its stream gives the body as it arrives.

        How long that may take is the caller's to say: being cancelled leaves nothing behind.
        """
        stream = request.stream
        body = b"".join(stream) if isinstance(stream, httpx.ByteStream) else await request.aread()
        origin, head = self._heads.write(request, len(body))
        has_body = request.method != "HEAD"
        connection = self._pool.take_idle(origin) or await self._pool.acquire(origin)
        answer = connection.send(head, body, has_body=has_body)
        try:
            await answer.wait_for_head()
        except httpx.TransportError:
            if not connection.was_stale(answer):
                raise
            connection = await self._pool.acquire(origin, fresh=True)
            answer = connection.send(head, body, has_body=has_body)
            await answer.wait_for_head()
        return Response(answer)

    async def aclose(self) -> None:
        self._pool.close()

    async def _connect(self, origin: Origin) -> Connection:
        loop = asyncio.get_running_loop()
        secure = origin.scheme == "https"
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                address = await self._locate(origin) if self._locate else origin.host
                _, connection = await loop.create_connection(
                    lambda: Connection(origin, loop),
                    address,
                    origin.port,
                    ssl=self._context if secure else None,
                    server_hostname=origin.host if secure else None,
                )
        except TimeoutError:
            raise httpx.ConnectTimeout("the connection took too long to open") from None
        except (OSError, UnicodeError):
            raise httpx.ConnectError("the connection could not be opened") from None
        return connection
