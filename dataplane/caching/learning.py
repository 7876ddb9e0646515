"""What each key has learned of its near misses: labels, shared by all processes, and thresholds."""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import psycopg

from dataplane.caching.judgement.evidence import EDGES, TARGET_DEFAULT, Evidence
from dataplane.caching.reading import Reading
from dataplane.database import DATABASE_GONE, Database

log = logging.getLogger(__name__)

KEYS_MAX = 10_000
FRESH_SECONDS = 30.0
LABELS_WAITING_MAX = 10_000

READ = """
    SELECT bin, labels, wrong FROM caching_cacheevidence
    WHERE virtual_key_id = %(virtual_key)s AND embedder = %(embedder)s
"""
ADD = """
    INSERT INTO caching_cacheevidence
        (customer_id, virtual_key_id, embedder, bin, low, labels, wrong, updated_at)
    VALUES (%(customer)s, %(virtual_key)s, %(embedder)s, %(bin)s, %(low)s, 1, %(wrong)s, now())
    ON CONFLICT (virtual_key_id, embedder, bin) DO UPDATE SET
        labels = caching_cacheevidence.labels + 1,
        wrong = caching_cacheevidence.wrong + excluded.wrong,
        updated_at = now()
"""


@dataclass(frozen=True, slots=True)
class Label:
    """A stored answer compared with a fresh one."""

    customer: str
    virtual_key: str
    score: float
    is_wrong: bool


@dataclass(slots=True)
class _Known:
    evidence: Evidence = field(default_factory=Evidence)
    read_at: float = 0.0


class Learning:
    """The labels of one embedder. Thresholds are None until they are proven."""

    def __init__(self, database: Database, reading: Reading, embedder: str) -> None:
        self._database = database
        self._reading = reading
        self._embedder = embedder
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._waiting: list[Label] = []

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def threshold(self, virtual_key: str, target: float = TARGET_DEFAULT) -> float | None:
        """Known from the last half minute; None where it cannot be read."""
        known = self._known.setdefault(virtual_key, _Known())
        self._known.move_to_end(virtual_key)
        if len(self._known) > KEYS_MAX:
            self._known.popitem(last=False)
        if time.monotonic() - known.read_at > FRESH_SECONDS or not known.read_at:
            known.read_at = time.monotonic()
            if (evidence := await self._reading.bounded(self._read(virtual_key))) is None:
                known.read_at = 0.0
                return None
            known.evidence.bins = _kept(known.evidence, evidence).bins
        return known.evidence.threshold(target)

    def learn(self, label: Label) -> None:
        """For this process at once, for all others when it is written."""
        known = self._known.get(label.virtual_key)
        if known is not None:
            known.evidence.add(label.score, is_wrong=label.is_wrong)
        if label.score > 0 and len(self._waiting) < LABELS_WAITING_MAX:
            self._waiting.append(label)

    async def write(self) -> None:
        """All that waits. A database that is gone is waited for, within the limit."""
        if not (batch := list(self._waiting)):
            return
        try:
            async with self._database.connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(ADD, [self._row(label) for label in batch])
        except DATABASE_GONE:
            return
        except psycopg.Error as error:
            log.warning("labels of the cache could not be written: %s", type(error).__name__)
        del self._waiting[: len(batch)]

    async def _read(self, virtual_key: str) -> Evidence:
        asked = {"virtual_key": virtual_key, "embedder": self._embedder}
        async with self._database.connection() as connection:
            rows = await (await connection.execute(READ, asked)).fetchall()
        evidence = Evidence()
        for row in rows:
            if 0 <= row["bin"] < len(EDGES):
                here = evidence.bins[row["bin"]]
                here.labels, here.wrong = row["labels"], row["wrong"]
        for label in self._waiting:
            if label.virtual_key == virtual_key:
                evidence.add(label.score, is_wrong=label.is_wrong)
        return evidence

    def _row(self, label: Label) -> dict[str, object]:
        place = Evidence.place(label.score)
        return {
            "customer": label.customer,
            "virtual_key": label.virtual_key,
            "embedder": self._embedder,
            "bin": place,
            "low": EDGES[place],
            "wrong": int(label.is_wrong),
        }


def _kept(before: Evidence, now: Evidence) -> Evidence:
    """What was proven before stays so until it no longer holds."""
    for old, new in zip(before.bins, now.bins, strict=True):
        new.proven_for = old.proven_for
    return now
