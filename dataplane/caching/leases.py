"""One call for identical misses of all processes: who holds the lease asks, the others wait.

A lease is a row that its holder renews while it asks. A holder that dies leaves one that ends by
itself; whoever cannot learn of it in time asks alone.
"""

import logging
import time
import uuid
from dataclasses import dataclass, field

import psycopg

from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.reading import Reading
from dataplane.database import DATABASE_GONE, Database

log = logging.getLogger(__name__)

LEASE_SECONDS = 10
RENEW_SECONDS = 3.0
HELD_SECONDS_MAX = 60.0
"""After that others may ask, too: this call hangs."""
RELEASED_MAX = 10_000

# Nobody needs to ask for what has been stored since it was looked for.
TAKE = """
    INSERT INTO caching_cachelease (fingerprint, holder, expires_at)
    SELECT %(fingerprint)s, %(holder)s, now() + %(seconds)s * interval '1 second'
    WHERE NOT EXISTS (
        SELECT FROM caching_cacheentry
        WHERE fingerprint = %(fingerprint)s AND customer_id = %(customer)s AND expires_at > now()
    )
    ON CONFLICT (fingerprint) DO UPDATE SET
        holder = excluded.holder, expires_at = excluded.expires_at
    WHERE caching_cachelease.expires_at <= now()
    RETURNING true AS taken
"""
RENEW = """
    UPDATE caching_cachelease SET expires_at = now() + %(seconds)s * interval '1 second'
    WHERE holder = %(holder)s AND fingerprint = ANY(%(fingerprints)s)
"""
RELEASE = """
    DELETE FROM caching_cachelease
    WHERE holder = %(holder)s AND fingerprint = ANY(%(fingerprints)s)
"""


@dataclass(slots=True)
class _Held:
    since: float = field(default_factory=time.monotonic)


class Leases:
    """Of one process."""

    def __init__(self, database: Database, reading: Reading) -> None:
        self._database = database
        self._reading = reading
        self._holder = uuid.uuid4().hex
        self._held: dict[Fingerprint, _Held] = {}
        self._released: set[Fingerprint] = set()
        self._renewed_at = 0.0

    @property
    def waiting(self) -> int:
        return len(self._released)

    async def take(self, fingerprint: Fingerprint, customer: str) -> bool:
        """False: somebody else asks, or has been answered. True also where nobody can tell."""
        taken = await self._reading.bounded(self._take(fingerprint, customer))
        if taken:
            self._held[fingerprint] = _Held()
            self._released.discard(fingerprint)
        return taken is not False

    def release(self, fingerprint: Fingerprint) -> None:
        """When what came of it is written."""
        if self._held.pop(fingerprint, None) is not None and len(self._released) < RELEASED_MAX:
            self._released.add(fingerprint)

    async def write(self) -> None:
        """Gives back what is released, and keeps what is held."""
        now = time.monotonic()
        if self._released:
            released = list(self._released)
            if await self._say(RELEASE, released):
                self._released.difference_update(released)
        if self._held and now - self._renewed_at > RENEW_SECONDS:
            self._renewed_at = now
            fresh = [
                each for each, held in self._held.items() if now - held.since < HELD_SECONDS_MAX
            ]
            await self._say(RENEW, fresh)

    async def _take(self, fingerprint: Fingerprint, customer: str) -> bool:
        asked = {"fingerprint": fingerprint, "customer": customer, **self._own}
        async with self._database.connection() as connection:
            return await (await connection.execute(TAKE, asked)).fetchone() is not None

    async def _say(self, statement: str, fingerprints: list[Fingerprint]) -> bool:
        asked = {"fingerprints": fingerprints, **self._own}
        try:
            async with self._database.connection() as connection:
                await connection.execute(statement.encode(), asked)
        except (*DATABASE_GONE, psycopg.Error) as error:
            log.warning("leases of the cache could not be written: %s", type(error).__name__)
            return False
        return True

    @property
    def _own(self) -> dict[str, object]:
        return {"holder": self._holder, "seconds": LEASE_SECONDS}
