"""What each key has learned of its near misses: labels, shared by all processes, and thresholds."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg

from billing.money import ZERO
from dataplane.caching.judgement.evidence import EDGES, Evidence
from dataplane.caching.outcomes import Place
from dataplane.caching.reading import Reading
from dataplane.database import DATABASE_GONE, Database

log = logging.getLogger(__name__)

KEYS_MAX = 10_000
FRESH_SECONDS = 30.0
BINS_WAITING_MAX = 10_000

READ = """
    SELECT bin, sum(labels)::bigint AS labels, sum(wrong)::bigint AS wrong
    FROM caching_cacheevidence
    WHERE virtual_key_id = %(virtual_key)s AND embedder = %(embedder)s
    GROUP BY bin
"""
ADD = """
    INSERT INTO caching_cacheevidence
        (customer_id, virtual_key_id, namespace, embedder, bin, low, labels, wrong, served,
         saved_usd, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now())
    ON CONFLICT (virtual_key_id, namespace, embedder, bin) DO UPDATE SET
        labels = caching_cacheevidence.labels + excluded.labels,
        wrong = caching_cacheevidence.wrong + excluded.wrong,
        served = caching_cacheevidence.served + excluded.served,
        saved_usd = caching_cacheevidence.saved_usd + excluded.saved_usd,
        updated_at = now()
"""

Compared = Callable[[str, str, bool], None]
"""Told of each comparison: customer, namespace, whether the stored answer was wrong."""


@dataclass(frozen=True, slots=True)
class Label:
    """A stored answer compared with a fresh one, which cost so much."""

    place: Place
    embedder: str
    score: float
    is_wrong: bool
    saved_usd: Decimal = ZERO


@dataclass(slots=True)
class _Known:
    evidence: Evidence = field(default_factory=Evidence)
    read_at: float = 0.0


@dataclass(slots=True)
class _Count:
    """What one bin has grown by since it was written."""

    labels: int = 0
    wrong: int = 0
    served: int = 0
    saved_usd: Decimal = ZERO


Bin = tuple[str, str, str, str, int]
"""Customer, virtual key, namespace, embedder, number."""


class Learning:
    """The labels of all keys. Thresholds are None until they are proven."""

    def __init__(self, database: Database, reading: Reading, compared: Compared) -> None:
        self._database = database
        self._reading = reading
        self._compared = compared
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._waiting: dict[Bin, _Count] = {}
        self._under_way = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting) + self._under_way

    async def threshold(self, virtual_key: str, embedder: str, target: float) -> float | None:
        """Known from the last half minute; None where it cannot be read."""
        known = self._known.setdefault((virtual_key, embedder), _Known())
        self._known.move_to_end((virtual_key, embedder))
        if len(self._known) > KEYS_MAX:
            self._known.popitem(last=False)
        if time.monotonic() - known.read_at > FRESH_SECONDS or not known.read_at:
            known.read_at = time.monotonic()
            evidence = await self._reading.bounded(self._read(virtual_key, embedder))
            if evidence is None:
                known.read_at = 0.0
                return None
            known.evidence.bins = _kept(known.evidence, evidence).bins
        return known.evidence.threshold(target)

    def learn(self, label: Label) -> None:
        """For this process at once, for all others when it is written."""
        known = self._known.get((label.place.virtual_key, label.embedder))
        if known is not None:
            known.evidence.add(label.score, is_wrong=label.is_wrong)
        self._compared(label.place.customer, label.place.namespace, label.is_wrong)
        if (count := self._count(label.place, label.embedder, label.score)) is not None:
            count.labels += 1
            count.wrong += label.is_wrong
            count.saved_usd += label.saved_usd

    def served(self, place: Place, embedder: str, score: float) -> None:
        """A hit that nothing was learned from."""
        if (count := self._count(place, embedder, score)) is not None:
            count.served += 1

    async def write(self) -> None:
        """All that waits, in one order for all processes. A database that is gone is waited for."""
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, {}
        self._under_way = len(batch)
        rows = [_row(each, batch[each]) for each in sorted(batch)]
        try:
            async with self._database.connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(ADD, rows)
        except DATABASE_GONE:
            self._wait_on(batch)
        except psycopg.Error as error:
            log.warning("labels of the cache could not be written: %s", type(error).__name__)
        finally:
            self._under_way = 0

    def _count(self, place: Place, embedder: str, score: float) -> _Count | None:
        """None for a block, which teaches nothing, and where too much waits."""
        if not 0.0 < score <= 1.0 or len(self._waiting) >= BINS_WAITING_MAX:
            return None
        owner = (place.customer, place.virtual_key, place.namespace, embedder)
        return self._waiting.setdefault((*owner, Evidence.place(score)), _Count())

    def _wait_on(self, batch: dict[Bin, _Count]) -> None:
        for place, old in batch.items():
            new = self._waiting.setdefault(place, _Count())
            new.labels, new.wrong = new.labels + old.labels, new.wrong + old.wrong
            new.served, new.saved_usd = new.served + old.served, new.saved_usd + old.saved_usd

    async def _read(self, virtual_key: str, embedder: str) -> Evidence:
        asked = {"virtual_key": virtual_key, "embedder": embedder}
        async with self._database.connection() as connection:
            rows = await (await connection.execute(READ, asked)).fetchall()
        evidence = Evidence()
        known = [(row["bin"], row["labels"], row["wrong"]) for row in rows]
        for (_, owner, _, of, number), count in self._waiting.items():
            if (owner, of) == (virtual_key, embedder):
                known.append((number, count.labels, count.wrong))
        for number, labels, wrong in known:
            if 0 <= number < len(EDGES):
                here = evidence.bins[number]
                here.labels, here.wrong = here.labels + labels, here.wrong + wrong
        return evidence


def _row(place: Bin, count: _Count) -> tuple[Any, ...]:
    low = EDGES[place[-1]]
    return (*place, low, count.labels, count.wrong, count.served, count.saved_usd)


def _kept(before: Evidence, now: Evidence) -> Evidence:
    """What was proven before stays so until it no longer holds."""
    for old, new in zip(before.bins, now.bins, strict=True):
        new.proven_for = old.proven_for
    return now
