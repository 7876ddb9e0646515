"""The connections of one measurement, and who waits for one."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from tests.bench.exchange import Call
from tests.bench.load.connection import Connection
from tests.bench.load.replies import Reply, reply_to
from tests.bench.load.target import Target

Finished = Callable[[Reply], None]
CONNECT_SECONDS_MAX = 10.0
CONNECTS_AT_ONCE = 50


class Pool:
    """Keep-alive connections to one target: a call takes a free one, or a new one, or waits.

    A call that has to wait is not excused: its latency runs from the moment it was due.
    """

    def __init__(self, target: Target, connections_max: int, when_finished: Finished) -> None:
        self._address = target.address
        self._writer = target.writer()
        self._connections_max = connections_max
        self._when_finished = when_finished
        self._free: list[Connection] = []
        self._all: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._waiting: deque[Reply] = deque()
        self._in_flight: set[Reply] = set()
        self._idle = asyncio.Event()

    async def open(self, count: int) -> None:
        """Connections to begin with, so that a measurement does not start with handshakes."""
        for first in range(0, count, CONNECTS_AT_ONCE):
            batch = range(first, min(count, first + CONNECTS_AT_ONCE))
            await asyncio.gather(*(self._connect() for _ in batch))

    def submit(self, call: Call, due: float) -> None:
        reply = reply_to(call, due)
        self._in_flight.add(reply)
        self._idle.clear()
        while self._free:
            connection = self._free.pop()
            if connection.is_open:
                connection.send(self._writer.request(call), reply)
                return
        self._waiting.append(reply)
        if len(self._all) + len(self._opening) < self._connections_max:
            task = asyncio.ensure_future(self._connect_for_waiting())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def idle(self, seconds: float) -> None:
        """Returns when no call is in flight any more, at the latest after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    def close(self) -> None:
        """Gives up what is not answered yet."""
        for task in self._opening:
            task.cancel()
        for connection in list(self._all):
            connection.close()
        for reply in list(self._in_flight):
            reply.fail("unanswered")
            self._finish(reply)

    async def _connect_for_waiting(self) -> None:
        try:
            await self._connect()
        except (OSError, TimeoutError):
            if self._waiting:
                reply = self._waiting.popleft()
                reply.fail("no connection")
                self._finish(reply)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            _, connection = await loop.create_connection(
                lambda: Connection(self._done, self._lost), *self._address
            )
        self._all.add(connection)
        self._release(connection)

    def _done(self, connection: Connection, reply: Reply) -> None:
        if connection.is_open:
            self._release(connection)
        self._finish(reply)

    def _lost(self, connection: Connection) -> None:
        self._all.discard(connection)

    def _release(self, connection: Connection) -> None:
        if self._waiting:
            reply = self._waiting.popleft()
            connection.send(self._writer.request(reply.call), reply)
        else:
            self._free.append(connection)

    def _finish(self, reply: Reply) -> None:
        if reply in self._in_flight:
            self._in_flight.remove(reply)
            self._when_finished(reply)
            if not self._in_flight:
                self._idle.set()
