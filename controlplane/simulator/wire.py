"""One answer on its way out, down to the bytes: the simulator also answers as no server should."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TRANSPORT = "simulator.transport"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# Time for what was sent to arrive before the connection breaks.
ARRIVAL_SECONDS = 0.05


class OpenProtocol(HttpToolsProtocol):
    """uvicorn's own HTTP/1.1, which also hands the application its connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


class Wire:
    """What goes to the client of one request."""

    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        extension = scope.get("extensions", {}).get(TRANSPORT, {})
        self._transport: asyncio.Transport | None = extension.get("transport")
        self._receive = receive
        self._send = send

    async def head(self, status: int, headers: Mapping[str, str]) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def piece(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})

    async def silence(self, seconds: float) -> None:
        """Says nothing for a while, or until the client leaves."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone(), seconds)

    async def raw(self, data: bytes) -> None:
        """Bytes past the server."""
        self._open.write(data)

    async def reset(self) -> None:
        """Breaks the connection: the client sees a reset."""
        await asyncio.sleep(ARRIVAL_SECONDS)
        linger = self._open.get_extra_info("socket")
        linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._open.abort()
        await self._gone()

    async def close(self) -> None:
        """Ends the connection as if all had been said."""
        self._open.close()
        await self._gone()

    @property
    def _open(self) -> asyncio.Transport:
        if self._transport is None:
            raise ConnectionResetError("there is no connection below this one to break")
        return self._transport

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
