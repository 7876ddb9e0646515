"""The cache by itself: how long a look-up takes, and whether one ever crosses customers.

`python -m tests.bench.cache_lookups --database-url URL --entries 100000 --lookups 1000000`, on a
database that was migrated and is used for nothing else: `manage.py up` names its own in
`bootstrap.json`. Entries of many customers hold the same questions; each answer names its customer.
"""

import asyncio
import random
import time
from argparse import ArgumentParser
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from dataplane.caching.asked import Asked, Embedded, asked_from
from dataplane.caching.entries import Entries, Entry, Filing
from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.judgement.embedder import NAME, LocalEmbedder
from dataplane.caching.neighbours import Neighbours
from dataplane.caching.reading import Reading
from dataplane.database import Database
from dataplane.settings import Settings
from tests.bench.output import say, show
from tests.bench.percentiles import percentile

SUBJECTS = ("password", "invoice", "parcel", "address", "contract", "ticket", "refund", "voucher")
VERBS = ("change", "find", "cancel", "print", "send", "download", "share", "archive")
PURGE = "DELETE FROM caching_cacheentry WHERE customer_id = %(customer)s AND id %% 7 = 0"
AT_ONCE = 4
TIMED = 2_000


@dataclass
class Found:
    """What the look-ups came to."""

    hits: int = 0
    neighbours: int = 0
    crossed: int = 0
    exact_ms: list[float] = field(default_factory=list)
    nearest_ms: list[float] = field(default_factory=list)


class Lookups:
    """Entries in a table, and look-ups of them from as many places at once as there are cores."""

    def __init__(self, database: Database, settings: Settings, *, customers: int) -> None:
        reading = Reading(lambda: False, seconds_max=10.0)
        keys = settings.sealing_keys
        self._database = database
        self._entries = Entries(database, keys, reading, dropped=_never)
        self._neighbours = Neighbours(database, keys, reading)
        self._embedder = LocalEmbedder()
        self._customers = [f"customer-{number}" for number in range(customers)]
        self._chance = random.Random(7)

    async def fill(self, count: int) -> None:
        for number in range(count):
            customer = self._customers[number % len(self._customers)]
            asked = self._asked(customer, self._question(number))
            body = b'{"customer": "%b"}' % customer.encode()
            entry = Entry(self._fingerprint(customer, number), body, "p", "m", "p/m", Decimal(0))
            filing = Filing(customer, "vk", "", "chat/completions", "p/m", 3600,
                            datetime.now(UTC), asked)  # fmt: skip
            self._entries.offer(entry, filing)
            if number % 1000 == 999:
                await self._entries.write()
        await self._entries.write()

    async def time(self, lookups: int, entries: int) -> Found:
        """One after the other, undisturbed."""
        found = Found()
        await self._look(lookups, entries, found)
        return found

    async def cross(self, lookups: int, entries: int) -> Found:
        """Several at once, while entries are purged."""
        found = Found()
        purge = asyncio.create_task(self._purge())
        looking = (self._look(lookups // AT_ONCE, entries, found) for _ in range(AT_ONCE))
        await asyncio.gather(*looking)
        purge.cancel()
        return found

    async def _look(self, lookups: int, entries: int, found: Found) -> None:
        for turn in range(lookups):
            customer = self._chance.choice(self._customers)
            number = self._chance.randrange(entries)
            began = time.perf_counter()
            if turn % 2:
                seen = await self._entries.find(self._fingerprint("", number), customer) or []
                found.exact_ms.append((time.perf_counter() - began) * 1000)
            else:
                asked = self._asked(customer, self._question(number))
                near = await self._neighbours.find(asked, customer) or []
                seen = [neighbour.entry for neighbour in near]
                found.nearest_ms.append((time.perf_counter() - began) * 1000)
                found.neighbours += len(seen)
            found.hits += bool(seen)
            found.crossed += sum(f'"{customer}"'.encode() not in entry.body for entry in seen)

    async def _purge(self) -> None:
        while True:
            async with self._database.connection() as connection:
                await connection.execute(PURGE, {"customer": self._chance.choice(self._customers)})
            await asyncio.sleep(0.01)

    def _asked(self, customer: str, question: str) -> Asked:
        """All customers share one scope here, which they never do: SQL alone keeps them apart."""
        embedded = Embedded(NAME, self._embedder.embed(question).tolist())
        asked = asked_from(question, b"s" * 32, embedded)
        assert asked is not None, "every question has words"
        return asked

    def _fingerprint(self, _: str, number: int) -> Fingerprint:
        """The same for whoever asks."""
        return number.to_bytes(32, "big")

    def _question(self, number: int) -> str:
        verb, subject = VERBS[number % 8], SUBJECTS[number // 8 % 8]
        return f"How do I {verb} the {subject} of order {number // 64 % 500}?"


def _never() -> None:
    raise AssertionError("an entry was dropped")


async def measure(
    settings: Settings, entries: int, lookups: int, customers: int
) -> tuple[Found, Found]:
    """Timed, and with purges meanwhile."""
    database = Database(settings)
    await database.open()
    try:
        runs = Lookups(database, settings, customers=customers)
        say(f"filling {entries} entries of {customers} customers")
        await runs.fill(entries)
        say(f"{min(lookups, TIMED)} look-ups, one after the other")
        timed = await runs.time(min(lookups, TIMED), entries)
        say(f"{lookups} look-ups, with purges meanwhile")
        return timed, await runs.cross(lookups, entries)
    finally:
        await database.close()


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--lookups", type=int, default=20_000)
    parser.add_argument("--customers", type=int, default=100)
    given = parser.parse_args()
    settings = replace(Settings.from_env(), database_url=given.database_url)
    timed, found = asyncio.run(measure(settings, given.entries, given.lookups, given.customers))
    show(f"{found.hits} of {given.lookups} look-ups found something; crossed: {found.crossed}")
    for name, times in (("exact", timed.exact_ms), ("nearest", timed.nearest_ms)):
        times.sort()
        show(f"{name:8} p50 {percentile(times, 50):.2f} ms, p99 {percentile(times, 99):.2f} ms")


if __name__ == "__main__":
    main()
