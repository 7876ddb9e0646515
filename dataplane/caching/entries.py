"""Answers that may be given again, in their table. Reads are bounded, writes not waited for."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg

from dataplane.caching.asked import Asked, question_place
from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.reading import Reading
from dataplane.contract.credentials import SealingKeys
from dataplane.database import DATABASE_GONE, Database

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.1
BATCH_ROWS = 50
ANSWER_BYTES_MAX = 1024 * 1024
WAITING_BYTES_MAX = 32 * 1024 * 1024
USES_MAX = 10_000

FIND = """
    SELECT fingerprint, provider, model, deployment_id, sealed, cost_usd
    FROM caching_cacheentry
    WHERE fingerprint = %(fingerprint)s AND customer_id = %(customer)s AND expires_at > now()
"""
# What was asked before its customer wanted to be forgotten, and comes late, is not written. The
# same request asks the same question: who did not embed it leaves the vector as it is.
WRITE = """
    INSERT INTO caching_cacheentry
        (fingerprint, customer_id, virtual_key_id, namespace, endpoint, model_requested, provider,
         model, deployment_id, sealed, bytes, cost_usd, created_at, used_at, expires_at, hits,
         scope, embedder, dimensions, embedding, question_sealed)
    SELECT %(fingerprint)s::bytea, %(customer)s::text, %(virtual_key)s::text, %(namespace)s::text,
           %(endpoint)s::text, %(model_requested)s::text, %(provider)s::text, %(model)s::text,
           %(deployment_id)s::text, %(sealed)s::bytea, %(bytes)s::int, %(cost_usd)s::numeric,
           now(), now(), now() + %(ttl_seconds)s::int * interval '1 second', 0,
           %(scope)s::bytea, %(embedder)s::text, %(dimensions)s::int, %(vector)s::halfvec,
           %(question_sealed)s::bytea
    WHERE NOT EXISTS (
        SELECT FROM privacy_erasure
        WHERE customer_id = %(customer)s::text AND at >= %(asked_at)s::timestamptz
    )
    ON CONFLICT (fingerprint) DO UPDATE SET
        virtual_key_id = excluded.virtual_key_id, provider = excluded.provider,
        model = excluded.model, deployment_id = excluded.deployment_id, sealed = excluded.sealed,
        bytes = excluded.bytes, cost_usd = excluded.cost_usd, created_at = excluded.created_at,
        used_at = excluded.used_at, expires_at = excluded.expires_at,
        scope = coalesce(excluded.scope, caching_cacheentry.scope),
        embedder = coalesce(excluded.embedder, caching_cacheentry.embedder),
        dimensions = coalesce(excluded.dimensions, caching_cacheentry.dimensions),
        embedding = coalesce(excluded.embedding, caching_cacheentry.embedding),
        question_sealed = coalesce(excluded.question_sealed, caching_cacheentry.question_sealed)
"""
USED = """
    UPDATE caching_cacheentry SET used_at = now(), hits = hits + 1
    WHERE fingerprint = %(fingerprint)s
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer as a client that does not stream gets it, and who gave it."""

    fingerprint: Fingerprint
    body: bytes
    provider: str
    model: str
    deployment_id: str
    cost_usd: Decimal | None
    """What it cost; None where the model had no price."""


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a new entry belongs."""

    customer: str
    virtual_key: str
    namespace: str
    endpoint: str
    model_requested: str
    ttl_seconds: int
    asked_at: datetime
    asked: Asked | None = None
    """Its question, where others like it may be answered by it."""


class Entries:
    """Reads within a bounded time, and writes what waits. `dropped` counts what cannot wait."""

    def __init__(
        self,
        database: Database,
        sealing_keys: SealingKeys,
        reading: Reading,
        dropped: Callable[[], None],
    ) -> None:
        self._database = database
        self._sealing_keys = sealing_keys
        self._dropped = dropped
        self._reading = reading
        self._waiting: deque[tuple[Entry, Filing]] = deque()
        self._waiting_bytes = 0
        self._used: deque[Fingerprint] = deque(maxlen=USES_MAX)

    @property
    def waiting(self) -> int:
        return len(self._waiting) + len(self._used)

    async def find(self, fingerprint: Fingerprint, customer: str) -> list[Entry] | None:
        """One, or none; None where that could not be learned in time. Never raises."""
        return await self._reading.bounded(self._find(fingerprint, customer))

    def used(self, entry: Entry) -> None:
        self._used.append(entry.fingerprint)

    def offer(self, entry: Entry, filing: Filing) -> None:
        if self._waiting_bytes + len(entry.body) > WAITING_BYTES_MAX:
            self._dropped()
            return
        self._waiting.append((entry, filing))
        self._waiting_bytes += len(entry.body)

    async def write(self) -> None:
        """All that waits, or as much of it as the database takes."""
        while self._waiting or self._used:
            batch = [self._waiting[n] for n in range(min(BATCH_ROWS, len(self._waiting)))]
            used = [self._used[n] for n in range(min(BATCH_ROWS, len(self._used)))]
            try:
                await self._write(batch, used)
            except DATABASE_GONE:
                return
            except psycopg.Error as error:
                log.warning("cache entries could not be written: %s", type(error).__name__)
                for _ in batch:
                    self._dropped()
            for entry, _ in batch:
                self._waiting_bytes -= len(entry.body)
                self._waiting.popleft()
            for _ in used:
                self._used.popleft()

    async def _find(self, fingerprint: Fingerprint, customer: str) -> list[Entry]:
        asked = {"fingerprint": fingerprint, "customer": customer}
        async with self._database.connection() as connection:
            rows = await (await connection.execute(FIND, asked)).fetchall()
        return [entry_from(row, self._sealing_keys) for row in rows]

    async def _write(
        self, batch: Sequence[tuple[Entry, Filing]], used: Sequence[Fingerprint]
    ) -> None:
        rows = [self._row(entry, filing) for entry, filing in batch]
        async with self._database.connection() as connection, connection.cursor() as cursor:
            if rows:
                await cursor.executemany(WRITE, rows)
            if used:
                await cursor.executemany(USED, [{"fingerprint": each} for each in used])

    def _row(self, entry: Entry, filing: Filing) -> dict[str, Any]:
        """Sealed to its fingerprint: a row that is copied under another one does not open."""
        answer = {"answer": entry.body.decode("utf-8")}
        return {
            "fingerprint": entry.fingerprint,
            "customer": filing.customer,
            "virtual_key": filing.virtual_key,
            "namespace": filing.namespace,
            "endpoint": filing.endpoint,
            "model_requested": filing.model_requested,
            "provider": entry.provider,
            "model": entry.model,
            "deployment_id": entry.deployment_id,
            "sealed": self._sealing_keys.seal(answer, entry.fingerprint.hex()),
            "bytes": len(entry.body),
            "cost_usd": entry.cost_usd,
            "ttl_seconds": filing.ttl_seconds,
            "asked_at": filing.asked_at,
            **self._question(entry, filing.asked),
        }

    def _question(self, entry: Entry, asked: Asked | None) -> dict[str, Any]:
        if asked is None:
            none = ("scope", "embedder", "dimensions", "vector", "question_sealed")
            return dict.fromkeys(none)
        place = question_place(entry.fingerprint)
        return {
            "scope": asked.scope,
            "embedder": asked.embedder,
            "dimensions": asked.dimensions,
            "vector": asked.vector,
            "question_sealed": self._sealing_keys.seal({"question": asked.text}, place),
        }


def entry_from(row: Mapping[str, Any], sealing_keys: SealingKeys) -> Entry:
    """Raises `CredentialUnreadable`."""
    fingerprint = bytes(row["fingerprint"])
    answer = sealing_keys.open(bytes(row["sealed"]), fingerprint.hex())["answer"]
    who = (row["provider"], row["model"], row["deployment_id"])
    return Entry(fingerprint, answer.encode(), *who, row["cost_usd"])
