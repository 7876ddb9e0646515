"""What a look-up costs in one large scope: `python -m tests.bench.cache_scale --database-url URL`.

All entries are one customer's, of one scope, so that the index is what is measured. On a database
that was migrated and is used for nothing else. Up to a hundred thousand entries are questions with
sealed answers; more than that are vectors of chance, which are searched and never near.
"""

import asyncio
import itertools
import random
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from dataplane.caching.asked import Asked, Embedded, asked_from, question_place
from dataplane.caching.cache import Cache
from dataplane.caching.judgement.embedder import NAME, LocalEmbedder
from dataplane.database import Database
from dataplane.settings import Settings
from tests.bench.output import say, show
from tests.bench.percentiles import percentile

CUSTOMER, SCOPE, TARGET = "bench", b"s" * 32, 0.5
SEALED_MAX = 100_000
WORDS = [
    *("password", "invoice", "parcel", "address", "contract", "ticket", "refund", "voucher"),
    *("account", "order", "device", "router", "printer", "licence", "insurance", "flight"),
    *("hotel", "course", "exam", "salary", "holiday", "garden", "recipe", "engine"),
]
VERBS = [
    *("change", "find", "cancel", "print", "send", "download"),
    *("share", "archive", "explain", "compare", "return", "repair"),
]
COLUMNS = (
    "fingerprint, customer_id, virtual_key_id, namespace, endpoint, model_requested, provider,"
    " model, deployment_id, sealed, bytes, cost_usd, created_at, used_at, expires_at, hits, scope,"
    " embedder, dimensions, embedding, question_sealed"
)
FILLER = f"""
    INSERT INTO caching_cacheentry ({COLUMNS})
    SELECT sha256(('filler ' || n)::bytea), 'bench', 'vk', '', 'chat/completions', 'm', 'p', 'm',
           'p/m', '', 0, 0, now(), now(), now() + interval '1 day', 0, %(scope)s, %(embedder)s, 256,
           (SELECT array_agg(random() - 0.5 + 0 * n)::real[]::halfvec
            FROM generate_series(1, 256)), ''
    FROM generate_series(1, %(count)s) AS n
"""
DROP = "DROP INDEX IF EXISTS cache_entry_embedding_256"
INDEX = """
    CREATE INDEX cache_entry_embedding_256 ON caching_cacheentry
    USING hnsw ((embedding::halfvec(256)) halfvec_cosine_ops) WHERE dimensions = 256
"""


class Scope:
    """The entries, and look-ups of them, one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._embedder = LocalEmbedder()
        self._chance = random.Random(7)

    def fill(self, entries: int) -> None:
        sealed = min(entries, SEALED_MAX)
        with psycopg.connect(self._settings.database_url, autocommit=True) as connection:
            connection.execute("DELETE FROM caching_cacheentry")
            connection.execute(DROP)
            say(f"writing {sealed:,} entries, and {entries - sealed:,} vectors of chance")
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY caching_cacheentry ({COLUMNS}) FROM STDIN") as copy,
            ):
                for row in self._rows(sealed):
                    copy.write_row(row)
            values = {"scope": SCOPE, "embedder": NAME, "count": entries - sealed}
            connection.execute(FILLER, values)
            say("building the index")
            connection.execute("SET maintenance_work_mem = '2GB'")
            connection.execute(INDEX)
            connection.execute("VACUUM ANALYZE caching_cacheentry")

    async def time(self, lookups: int) -> dict[str, list[float]]:
        """Milliseconds of exact look-ups, and of similar ones, embedding and judgement included."""
        ledger = Database(self._settings)
        cache = Cache(ledger, self._settings, _never, lambda *_: None, lambda _: None)
        await cache.open()
        try:
            await cache.lexicon.load()
            times: dict[str, list[float]] = {"exact": [], "similar": []}
            for _ in range(lookups):
                times["exact"].append(await self._timed(self._exact(cache)))
                times["similar"].append(await self._timed(self._similar(cache)))
            return times
        finally:
            await cache.close()

    async def _timed(self, look_up: Any) -> float:
        began = time.perf_counter()
        await look_up
        return (time.perf_counter() - began) * 1000

    async def _exact(self, cache: Cache) -> None:
        found = await cache.entries.find(self._number().to_bytes(32, "big"), CUSTOMER)
        assert found, "every number is an entry"

    async def _similar(self, cache: Cache) -> None:
        question = _question(self._number()).replace("How do I", "How can I")
        asked = await cache.semantic.asked(question, SCOPE, None)
        assert asked is not None, "every question has words"
        found = await cache.semantic.find(asked, CUSTOMER, _always)
        assert found.candidate is not None, "something is near"

    def _number(self) -> int:
        return self._chance.randrange(self._sealed)

    def _rows(self, count: int) -> Iterator[tuple[Any, ...]]:
        self._sealed = count
        keys, now = self._settings.sealing_keys, datetime.now(UTC)
        for number in range(count):
            fingerprint, text = number.to_bytes(32, "big"), _question(number)
            asked = self._asked(text)
            texts = ("vk", "", "chat/completions", "m", "p", "m", "p/m")
            answer = keys.seal({"answer": "{}" * 300}, fingerprint.hex())
            question = keys.seal({"question": text}, question_place(fingerprint))
            times = (now, now, now + timedelta(days=1), 0)
            vector = (SCOPE, NAME, asked.dimensions, asked.vector, question)
            yield (fingerprint, CUSTOMER, *texts, answer, 600, 0, *times, *vector)

    def _asked(self, text: str) -> Asked:
        asked = asked_from(text, SCOPE, Embedded(NAME, self._embedder.embed(text).tolist()))
        assert asked is not None, "every question has words"
        return asked


def _question(number: int) -> str:
    pairs = list(itertools.islice(_digits(number), 4))
    first, second = WORDS[pairs[0]], WORDS[pairs[1]]
    return f"How do I {VERBS[pairs[2] % 12]} the {first} of my {second} from {WORDS[pairs[3]]}?"


def _digits(number: int) -> Iterator[int]:
    while True:
        yield number % len(WORDS)
        number //= len(WORDS)


async def _always(_: str) -> float:
    return TARGET


def _never() -> None:
    raise AssertionError("nothing is written here")


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--lookups", type=int, default=1_000)
    given = parser.parse_args()
    settings = replace(
        Settings.from_env(), database_url=given.database_url, cache_read_seconds=10.0
    )
    scope = Scope(settings)
    scope.fill(given.entries)
    for name, times in asyncio.run(scope.time(given.lookups)).items():
        settled = sorted(times[len(times) // 10 :])
        p50, p99 = percentile(settled, 50), percentile(settled, 99)
        show(f"{given.entries:,} entries, {name:8} p50 {p50:.2f} ms, p99 {p99:.2f} ms")


if __name__ == "__main__":
    main()
