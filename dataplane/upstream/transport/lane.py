"""The connections to one origin, and who waits for one."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from dataplane.upstream.transport.connection import Connection
from dataplane.upstream.transport.origin import Origin

Waiter = asyncio.Future[Connection | None]
"""Gets a connection, or None and with it the right to open one."""


@dataclass(slots=True, eq=False)
class Lane:
    """`open` counts the connections being opened, too; `idle` has the one used last at its end."""

    origin: Origin
    open: int = 0
    idle: list[Connection] = field(default_factory=list)
    waiters: OrderedDict[Waiter, int] = field(default_factory=OrderedDict)
    """Who waits, and the number drawn when the wait began."""

    def first_number(self) -> int | None:
        """Of whoever has waited longest; those who have given up are dropped on the way."""
        while self.waiters:
            waiter, number = next(iter(self.waiters.items()))
            if not waiter.done():
                return number
            del self.waiters[waiter]
        return None

    def serve(self, connection: Connection | None) -> None:
        """Gives whoever has waited longest a connection, or the right to open one."""
        waiter, _ = self.waiters.popitem(last=False)
        waiter.set_result(connection)
