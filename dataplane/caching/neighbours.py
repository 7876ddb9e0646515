"""Questions like the one asked, nearest first: in SQL among those of the same scope alone.

The scope is everything but the question: customer, namespace, endpoint, models, instructions,
media, sampling. Vectors of another embedder are in no scope of this one.
"""

from dataclasses import dataclass
from typing import Any

from dataplane.caching.asked import Asked, question_place
from dataplane.caching.entries import Entry, entry_from
from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.reading import Reading
from dataplane.contract.credentials import SealingKeys
from dataplane.database import Database

NEIGHBOURS_MAX = 3
COSINE_MIN = 0.5

# As the index of these dimensions is written, or it would not be used.
NEAREST = """
    SELECT fingerprint, provider, model, deployment_id, sealed, cost_usd, question_sealed,
           1 - (embedding::halfvec({0}) <=> %(vector)s::halfvec({0})) AS cosine
    FROM caching_cacheentry
    WHERE customer_id = %(customer)s AND scope = %(scope)s AND embedder = %(embedder)s
      AND dimensions = {0} AND expires_at > now()
    ORDER BY embedding::halfvec({0}) <=> %(vector)s::halfvec({0})
    LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry, what was asked for it, and how near that is."""

    entry: Entry
    question: str
    cosine: float


class Neighbours:
    """The nearest entries of one process's requests."""

    def __init__(self, database: Database, sealing_keys: SealingKeys, reading: Reading) -> None:
        self._database = database
        self._sealing_keys = sealing_keys
        self._reading = reading

    async def find(self, asked: Asked, customer: str) -> list[Neighbour] | None:
        """Never raises: whatever is wrong is None."""
        return await self._reading.bounded(self._find(asked, customer))

    async def _find(self, asked: Asked, customer: str) -> list[Neighbour]:
        values: dict[str, Any] = {
            "customer": customer,
            "scope": asked.scope,
            "embedder": asked.embedder,
            "vector": asked.vector,
            "most": NEIGHBOURS_MAX,
        }
        async with self._database.connection() as connection:
            nearest = NEAREST.format(asked.dimensions).encode()
            rows = await (await connection.execute(nearest, values)).fetchall()
        return [
            Neighbour(
                entry_from(row, self._sealing_keys),
                self._question(row["question_sealed"], bytes(row["fingerprint"])),
                float(row["cosine"]),
            )
            for row in rows
            if row["cosine"] is not None and row["cosine"] >= COSINE_MIN
        ]

    def _question(self, sealed: bytes, fingerprint: Fingerprint) -> str:
        opened = self._sealing_keys.open(bytes(sealed), question_place(fingerprint))
        return str(opened["question"])
