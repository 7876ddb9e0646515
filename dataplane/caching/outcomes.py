"""How look-ups end, counted by key, namespace, day and reason: what the cache saved, and cost."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg

from billing.money import ZERO
from dataplane.database import DATABASE_GONE, Database

log = logging.getLogger(__name__)

KINDS_WAITING_MAX = 10_000
NAMESPACES_MAX = 200
"""Of one key, by name; clients may make up any number of them."""
KEYS_MAX = 10_000
OTHERS = "(others)"

ADD = """
    INSERT INTO caching_cacheoutcome
        (customer_id, virtual_key_id, namespace, day, result, reason, lookups, saved_usd,
         embedding_usd, audit_usd, judge_usd)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (day, virtual_key_id, namespace, result, reason) DO UPDATE SET
        lookups = caching_cacheoutcome.lookups + excluded.lookups,
        saved_usd = caching_cacheoutcome.saved_usd + excluded.saved_usd,
        embedding_usd = caching_cacheoutcome.embedding_usd + excluded.embedding_usd,
        audit_usd = caching_cacheoutcome.audit_usd + excluded.audit_usd,
        judge_usd = caching_cacheoutcome.judge_usd + excluded.judge_usd
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose look-up it is."""

    customer: str
    virtual_key: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Sums:
    """What look-ups of one kind come to."""

    lookups: int = 0
    saved_usd: Decimal = ZERO
    embedding_usd: Decimal = ZERO
    audit_usd: Decimal = ZERO
    judge_usd: Decimal = ZERO

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.lookups + other.lookups,
            self.saved_usd + other.saved_usd,
            self.embedding_usd + other.embedding_usd,
            self.audit_usd + other.audit_usd,
            self.judge_usd + other.judge_usd,
        )

    @property
    def columns(self) -> tuple[Any, ...]:
        amounts = (self.saved_usd, self.embedding_usd, self.audit_usd, self.judge_usd)
        return (self.lookups, *amounts)


Kind = tuple[str, str, str, date, str, str]


class Outcomes:
    """Those of one process that are not written yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[Kind, Sums] = {}
        self._under_way = 0
        self._namespaces: OrderedDict[str, set[str]] = OrderedDict()

    @property
    def waiting(self) -> int:
        return len(self._waiting) + self._under_way

    def place(self, customer: str, virtual_key: str, namespace: str) -> Place:
        """Of the many namespaces that a key's clients may name, the first are told apart."""
        known = self._namespaces.setdefault(virtual_key, set())
        self._namespaces.move_to_end(virtual_key)
        if len(self._namespaces) > KEYS_MAX:
            self._namespaces.popitem(last=False)
        if namespace not in known:
            if len(known) >= NAMESPACES_MAX:
                return Place(customer, virtual_key, OTHERS)
            known.add(namespace)
        return Place(customer, virtual_key, namespace)

    def add(self, place: Place, result: str, reason: str, sums: Sums) -> None:
        owner = (place.customer, place.virtual_key, place.namespace)
        kind = (*owner, datetime.now(UTC).date(), result, reason)
        if kind in self._waiting or len(self._waiting) < KINDS_WAITING_MAX:
            self._waiting[kind] = self._waiting.get(kind, Sums()) + sums

    async def write(self) -> None:
        """All that waits, in one order for all processes. A database that is gone is waited for."""
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, {}
        self._under_way = len(batch)
        rows: list[tuple[Any, ...]] = [(*kind, *batch[kind].columns) for kind in sorted(batch)]
        try:
            async with self._database.connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(ADD, rows)
        except DATABASE_GONE:
            for kind, sums in self._waiting.items():
                batch[kind] = batch.get(kind, Sums()) + sums
            self._waiting = batch
        except psycopg.Error as error:
            log.warning("outcomes of the cache could not be written: %s", type(error).__name__)
        finally:
            self._under_way = 0
