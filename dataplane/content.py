"""What was asked and answered, kept for virtual keys that say so: apart from the books, sealed.

Nobody waits for it. Of a request and of its answer the beginning is kept, up to a size; what waits
to be written has a bound, over which content is dropped and counted. A database that is gone is
waited for within that bound; a process that dies takes what it had with it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from dataplane.contract.credentials import SealingKeys
from dataplane.database import DATABASE_GONE, Connection, Database
from dataplane.request import GatewayRequest
from dataplane.settings import Settings

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.25
BATCH_ROWS = 50

# What was said before its customer asked to be forgotten, and comes late, is not written any more.
WRITE = """
    INSERT INTO content_storedcontent
        (request_id, at, customer_id, virtual_key_id, sealed, bytes, is_cut)
    SELECT %(request_id)s::text, %(at)s::timestamptz, %(customer)s::text, %(virtual_key)s::text,
           %(sealed)s::bytea, %(bytes)s::int, %(is_cut)s::boolean
    WHERE NOT EXISTS (
        SELECT FROM privacy_erasure
        WHERE customer_id = %(customer)s::text AND at >= %(at)s::timestamptz
    )
    ON CONFLICT (request_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Content:
    """One request and its answer, as the client sent and got them."""

    request_id: str
    at: datetime
    customer: str
    virtual_key: str
    request: bytes
    answer: bytes
    is_cut: bool

    @property
    def bytes(self) -> int:
        return len(self.request) + len(self.answer)


class ContentKeeper:
    """The content that waits to be written; `dropped` is called for what cannot wait."""

    def __init__(self, database: Database, settings: Settings, dropped: Callable[[], None]) -> None:
        self._database = database
        self._sealing_keys = settings.sealing_keys
        self._bytes_max = settings.content_bytes_max
        self._waiting_bytes_max = settings.content_waiting_bytes_max
        self._dropped = dropped
        self._waiting: deque[Content] = deque()
        self._waiting_bytes = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def keep_whole(self, call: GatewayRequest, answer: bytes) -> None:
        self._offer(call, answer[: self._bytes_max], len(answer) > self._bytes_max)

    async def keep_stream(
        self, call: GatewayRequest, chunks: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """The same pieces; what went by is kept at their end, whichever that is."""
        answer, is_cut = bytearray(), False
        try:
            async with aclosing(chunks) as pieces:  # type: ignore[type-var]
                async for chunk in pieces:
                    room = self._bytes_max - len(answer)
                    answer += chunk[:room]
                    is_cut = is_cut or len(chunk) > room
                    yield chunk
        finally:
            self._offer(call, bytes(answer), is_cut)

    async def run(self) -> None:
        """Writes what waits, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def write(self) -> None:
        """All that waits, or as much of it as the database takes."""
        while self._waiting:
            batch = [self._waiting[n] for n in range(min(BATCH_ROWS, len(self._waiting)))]
            try:
                async with self._database.connection() as connection:
                    await _write(connection, await asyncio.to_thread(self._sealed, batch))
            except DATABASE_GONE:
                return
            except psycopg.Error as error:
                log.warning("content could not be written: %s", type(error).__name__)
                for _ in batch:
                    self._dropped()
            for _ in batch:
                self._waiting_bytes -= self._waiting.popleft().bytes

    def _offer(self, call: GatewayRequest, answer: bytes, is_cut: bool) -> None:
        key, request = call.key, call.body[: self._bytes_max]
        assert key is not None, "content is kept for keys"
        is_cut = is_cut or len(call.body) > self._bytes_max
        content = Content(call.id, call.at, key.customer, key.id, request, answer, is_cut)
        if self._waiting_bytes + content.bytes > self._waiting_bytes_max:
            self._dropped()
            return
        self._waiting.append(content)
        self._waiting_bytes += content.bytes

    def _sealed(self, batch: Sequence[Content]) -> list[dict[str, Any]]:
        return [row(content, self._sealing_keys) for content in batch]


def row(content: Content, sealing_keys: SealingKeys) -> dict[str, Any]:
    """Sealed to its request: a row that is copied under another id does not open."""
    texts = {
        "request": content.request.decode("utf-8", "replace"),
        "answer": content.answer.decode("utf-8", "replace"),
    }
    return {
        "request_id": content.request_id,
        "at": content.at,
        "customer": content.customer,
        "virtual_key": content.virtual_key,
        "sealed": sealing_keys.seal(texts, content.request_id),
        "bytes": content.bytes,
        "is_cut": content.is_cut,
    }


async def _write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(WRITE, rows)
