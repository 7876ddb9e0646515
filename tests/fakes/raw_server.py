"""The far end of a transport in tests: a server that sends whatever bytes it is told to.

It runs in the test's own loop, so a test and its server take turns and nothing has to be timed.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from tests.sockets import listening_socket

PATIENCE_SECONDS = 10
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


class Peer:
    """One connection, seen from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked: list[Asked] = []
        self._reader = reader
        self._writer = writer

    async def request(self) -> Asked:
        """The next request, whole. Raises `IncompleteReadError` when the client leaves first."""
        line, headers = await self.request_head()
        size = int(dict(headers).get("content-length", "0"))
        self.asked.append(Asked(line, headers, await self._reader.readexactly(size)))
        return self.asked[-1]

    async def request_head(self) -> tuple[str, list[tuple[str, str]]]:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.rstrip("\r\n").split("\r\n")
        return line, [(name.lower(), value) for name, value in (f.split(": ", 1) for f in fields)]

    async def receive_into(self, body: bytearray) -> None:
        """Fills it with what comes next, a little at a time."""
        view, filled = memoryview(body), 0
        while filled < len(body):
            piece = await self._reader.read(65536)
            if not piece:
                raise asyncio.IncompleteReadError(b"", len(body) - filled)
            view[filled : filled + len(piece)] = piece
            filled += len(piece)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def send(self, data: bytes) -> None:
        """Returns when the client has taken it, or most of it."""
        self._writer.write(data)
        await self._writer.drain()

    async def gone(self) -> None:
        """Returns when the client has closed the connection."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(65536):
                pass

    def close(self) -> None:
        self._writer.close()

    def cut(self) -> None:
        """No goodbye of TLS, but an end all the same."""
        self._writer.transport.abort()

    def reset(self) -> None:
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._writer.transport.abort()

    @property
    def alpn(self) -> str | None:
        tls: ssl.SSLObject = self._writer.get_extra_info("ssl_object")
        return tls.selected_alpn_protocol()


Behaviour = Callable[[Peer], Awaitable[None]]


class RawServer:
    """Every connection is handed to `behaviour`; what happens on it is kept."""

    def __init__(self, behaviour: Behaviour, port: int, scheme: str) -> None:
        self.peers: list[Peer] = []
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.port = port
        self._behaviour = behaviour
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None

    @property
    def asked(self) -> list[Asked]:
        """All requests on all connections."""
        return [asked for peer in self.peers for asked in peer.asked]

    async def all_left(self) -> None:
        """Returns when no connection is open any more; fails when one is never closed."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(Peer(reader, writer))
        self._tasks.add(asyncio.create_task(self._serve(self.peers[-1])))

    async def _serve(self, peer: Peer) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._behaviour(peer)
        finally:
            peer.close()

    async def listen(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        self._listening = await asyncio.start_server(self._accept, sock=listener, ssl=context)

    async def stop_listening(self) -> None:
        """New connections are refused from here on."""
        if self._listening is not None:
            self._listening.close()

    async def stop(self) -> None:
        await self.stop_listening()
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result


@contextlib.asynccontextmanager
async def raw_server(
    behaviour: Behaviour, context: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    listener = listening_socket()
    server = RawServer(behaviour, listener.getsockname()[1], "https" if context else "http")
    await server.listen(listener, context)
    try:
        yield server
    finally:
        await server.stop()
