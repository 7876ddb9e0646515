"""An answer while it arrives: its head first, then its body, piece by piece."""

import asyncio
from typing import Protocol

import httpx


class Source(Protocol):
    """The connection an answer comes from."""

    def resume(self) -> None:
        """Goes on reading, if it had stopped because too much was unread."""

    def close(self) -> None: ...


class Answer(httpx.AsyncByteStream):
    """What one request gets back, for one reader.

    Iterating gives everything that is there and waits only when nothing is. Whoever stops before
    the end, by closing or by being cancelled, closes the connection: what is left of this answer
    must not be in the way of the next one.
    """

    def __init__(self, source: Source, loop: asyncio.AbstractEventLoop, *, has_body: bool) -> None:
        self.has_body = has_body
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.unread_bytes = 0
        self.has_begun = False
        """A byte has arrived."""
        self.is_complete = False
        self._source: Source | None = source
        self._loop = loop
        self._pieces: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    async def wait_for_head(self) -> None:
        """Returns when status and headers are there. Raises `httpx.TransportError`."""
        while not self.status:
            await self._wait()

    def __aiter__(self) -> "Answer":
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self.is_complete:
                raise StopAsyncIteration
            await self._wait()
        return self._take()

    async def aclose(self) -> None:
        """Nobody reads on. Harmless once everything has arrived."""
        self._abandon()

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        self.headers = headers

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self.unread_bytes += len(piece)

    def complete(self) -> None:
        self.is_complete = True
        self._source = None
        self.wake()

    def fail(self, error: Exception) -> None:
        """What has arrived can still be read; then the error is raised."""
        self._source = None
        self._error = self._error or error
        self.wake()

    def wake(self) -> None:
        """There is news for the reader."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def _wait(self) -> None:
        if self._error is not None:
            raise self._error
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self._abandon()
            raise
        finally:
            self._waiter = None

    def _take(self) -> bytes:
        pieces = self._pieces
        taken = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.unread_bytes = 0
        if self._source is not None:
            self._source.resume()
        return taken

    def _abandon(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            self._pieces.clear()
            self._error = httpx.StreamClosed()
            source.close()
