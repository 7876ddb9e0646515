"""Open connections, by origin: the last one used first, with limits and a fair queue."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx

from dataplane.upstream.transport.connection import Connection
from dataplane.upstream.transport.lane import Lane, Waiter
from dataplane.upstream.transport.origin import Origin

Connect = Callable[[Origin], Awaitable[Connection]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the transport may use, and how long it may take."""

    connections_max: int = 1000
    connections_per_origin_max: int = 1000
    waiting_max: int = 1000
    connect_seconds: float = 5.0
    wait_seconds: float = 5.0
    idle_seconds: float = 30.0


class Pool:
    """Owns every connection of the transport, busy or idle.

    Whoever lets go of a connection passes it on to whoever has waited longest, so nothing is ever
    idle that somebody waits for.
    """

    def __init__(self, limits: Limits, connect: Connect) -> None:
        self._limits = limits
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[Origin, Lane] = {}
        self._connections: set[Connection] = set()
        self._open = 0
        self._waiting = 0
        self._numbers = itertools.count()
        self._sweeping: asyncio.TimerHandle | None = None
        self._is_closed = False

    def take_idle(self, origin: Origin) -> Connection | None:
        """The connection used last, if it is still good."""
        lane = self._lanes.get(origin)
        while lane is not None and lane.idle:
            connection = lane.idle.pop()
            if connection.is_quiet:
                return connection
            connection.close()
        return None

    async def acquire(self, origin: Origin, *, fresh: bool = False) -> Connection:
        """A connection, new if `fresh`. Raises `httpx.PoolTimeout` and what connecting raises."""
        if self._is_closed:
            raise httpx.ConnectError("the transport is closed")
        lane = self._lanes.setdefault(origin, Lane(origin))
        if not self._make_room(lane):
            connection = await self._wait(lane)
            if connection is not None:
                if not fresh and connection.is_quiet:
                    return connection
                # Its place becomes that of a new one. If it had closed itself in the meantime,
                # the place is somebody else's already, and there is one too many for a while.
                self._reserve(lane)
                connection.close()
        return await self._open_connection(lane)

    def released(self, connection: Connection) -> None:
        lane = self._lanes[connection.origin]
        heir = self._longest_waiting(lane)
        if heir is lane:
            lane.serve(connection)
        elif heir is not None:
            connection.close()
        else:
            connection.idle_since = self._loop.time()
            lane.idle.append(connection)
            if self._sweeping is None:
                self._sweep_in(self._limits.idle_seconds)

    def closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        lane = self._lanes[connection.origin]
        with suppress(ValueError):
            lane.idle.remove(connection)
        self._unreserve(lane)

    def close(self) -> None:
        """Fails whoever waits or reads; nothing is opened from here on."""
        self._is_closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for lane in self._lanes.values():
            for waiter in lane.waiters:
                if not waiter.done():
                    waiter.set_exception(httpx.ConnectError("the transport is closed"))
        for connection in tuple(self._connections):
            connection.close()

    # Room

    def _make_room(self, lane: Lane) -> bool:
        """Reserves a place for one more, at the expense of an idle one if need be."""
        spare: Connection | None = None
        if lane.open >= self._limits.connections_per_origin_max:
            spare = min(lane.idle, key=_idle_since, default=None)
        elif self._open >= self._limits.connections_max:
            idle = (lane.idle[0] for lane in self._lanes.values() if lane.idle)
            spare = min(idle, key=_idle_since, default=None)
        else:
            self._reserve(lane)
            return True
        if spare is None:
            return False
        self._reserve(lane)
        spare.close()
        return True

    def _reserve(self, lane: Lane) -> None:
        lane.open += 1
        self._open += 1

    def _unreserve(self, lane: Lane) -> None:
        """Frees a place, and passes it on."""
        lane.open -= 1
        self._open -= 1
        if self._open < self._limits.connections_max and not self._is_closed:
            heir = self._longest_waiting()
            if heir is not None:
                self._reserve(heir)
                heir.serve(None)
        self._forget_unused(lane)

    def _forget_unused(self, lane: Lane) -> None:
        if not lane.open and not lane.waiters and self._lanes.get(lane.origin) is lane:
            del self._lanes[lane.origin]

    async def _open_connection(self, lane: Lane) -> Connection:
        """In the place reserved for it."""
        try:
            connection = await self._connect(lane.origin)
            if self._is_closed or connection.is_closed:
                connection.close()
                raise httpx.ConnectError("the connection was closed at once")
        except BaseException:
            self._unreserve(lane)
            raise
        connection.adopt(self)
        self._connections.add(connection)
        return connection

    # The queue

    async def _wait(self, lane: Lane) -> Connection | None:
        """A connection, or None and a place reserved. Raises `httpx.PoolTimeout`."""
        if self._waiting >= self._limits.waiting_max:
            raise httpx.PoolTimeout("too many requests wait for a connection")
        waiter: Waiter = self._loop.create_future()
        lane.waiters[waiter] = next(self._numbers)
        timer = self._loop.call_later(self._limits.wait_seconds, _give_up, waiter)
        self._waiting += 1
        try:
            return await waiter
        except asyncio.CancelledError:
            self._return_unused(lane, waiter)
            raise
        finally:
            self._waiting -= 1
            timer.cancel()
            lane.waiters.pop(waiter, None)
            self._forget_unused(lane)

    def _return_unused(self, lane: Lane, waiter: Waiter) -> None:
        """What was given to somebody who was cancelled in the same moment."""
        if waiter.cancelled() or waiter.exception() is not None:
            return
        connection = waiter.result()
        if connection is None:
            self._unreserve(lane)
        elif not connection.is_closed:
            self.released(connection)

    def _longest_waiting(self, releasing: Lane | None = None) -> Lane | None:
        """Whose turn it is, among those who may use what is let go of."""
        if not self._waiting:
            return None
        numbers = {
            lane: number
            for lane in self._lanes.values()
            if lane is releasing or lane.open < self._limits.connections_per_origin_max
            if (number := lane.first_number()) is not None
        }
        return min(numbers, key=numbers.__getitem__, default=None)

    # Expiry

    def _sweep_in(self, seconds: float) -> None:
        self._sweeping = self._loop.call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        """Closes what has been idle for too long, and comes back for the next."""
        self._sweeping = None
        latest = self._loop.time() - self._limits.idle_seconds
        for lane in tuple(self._lanes.values()):
            for connection in tuple(lane.idle):
                if connection.idle_since <= latest:
                    connection.close()
        oldest = [lane.idle[0].idle_since for lane in self._lanes.values() if lane.idle]
        if oldest:
            self._sweep_in(max(0.0, min(oldest) - latest))


def _idle_since(connection: Connection) -> float:
    return connection.idle_since


def _give_up(waiter: Waiter) -> None:
    if not waiter.done():
        waiter.set_exception(httpx.PoolTimeout("no connection became free in time"))
