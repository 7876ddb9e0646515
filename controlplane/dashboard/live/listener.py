"""One LISTEN connection a process: it wakes all sockets in it when records were booked."""

import asyncio
import contextlib
import logging

import psycopg
from django.conf import settings

from dataplane.contract.channels import BOOKED

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
CONNECT_SECONDS_MAX = 10
# A batch booked right after a notice is announced with the next one, which may not come.
AGAIN_SECONDS = 1.5


class Listener:
    """Events of those who wait; the connection is there while anybody does."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        return len(self._waiting)

    def join(self) -> asyncio.Event:
        event = asyncio.Event()
        self._waiting.add(event)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        return event

    def leave(self, event: asyncio.Event) -> None:
        self._waiting.discard(event)
        if not self._waiting and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("live pages wait for the database (%s)", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            settings.DATABASE_URL, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX
        )
        async with connection:
            await connection.execute(f"LISTEN {BOOKED}")
            notices = connection.notifies()
            with contextlib.suppress(StopAsyncIteration):
                while True:
                    await anext(notices)
                    self._wake()
                    asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()


listener = Listener()
