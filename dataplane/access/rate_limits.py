"""Requests and tokens per minute and parallel requests of a key, over all processes.

The windows are rows in the database, drawn from by one function a request. Tokens are taken as an
estimate and corrected when the call is settled; a parallel slot is a lease, freed at the end.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow

from dataplane.database import DATABASE_GONE, Database
from dataplane.errors import RateLimited, Unavailable
from dataplane.snapshot.model import RateLimits, VirtualKey

TAKE = """
    SELECT * FROM rate_take(
        %(key)s, %(request)s, %(requests)s, %(tokens)s, %(parallel)s, %(wanted)s, %(lease)s
    )
"""
SETTLE = "SELECT rate_settle(%(key)s, %(request)s, %(taken_at)s, %(more)s)"

MESSAGES = {
    "requests_per_minute": "This virtual key is over its limit of {limit} requests per minute.",
    "tokens_per_minute": "This virtual key is over its limit of {limit} tokens per minute.",
    "max_parallel_requests": "This virtual key already has {limit} requests in flight.",
}


@dataclass(slots=True)
class RateGrant:
    """What one request took of its key's limits, and what is left of them."""

    limits: RateLimits
    key_id: str
    request_id: str
    taken_at: datetime
    tokens: int
    headers: dict[str, str]

    @property
    def needs_settling(self) -> bool:
        return (
            self.limits.tokens_per_minute is not None
            or self.limits.max_parallel_requests is not None
        )


class RateLimiter:
    """Takes from the windows and gives back."""

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._lease_seconds = lease_seconds

    async def take(self, key: VirtualKey, request_id: str, tokens: int) -> RateGrant | None:
        """None for a key without limits. Raises `RateLimited`, or `Unavailable`."""
        limits = key.rate_limits
        if not limits.any:
            return None
        row = await self._query(
            TAKE,
            {
                "key": key.id,
                "request": request_id,
                "requests": limits.requests_per_minute,
                "tokens": limits.tokens_per_minute,
                "parallel": limits.max_parallel_requests,
                "wanted": tokens,
                "lease": self._lease_seconds,
            },
        )
        headers = _headers(limits, row)
        if refused := row["refused"]:
            limit = getattr(limits, refused)
            error = RateLimited(
                refused,
                MESSAGES[refused].format(limit=limit),
                retry_after_seconds=row["retry_after_seconds"] or 1.0,
                limit=limit,
            )
            error.headers.update(headers)
            raise error
        return RateGrant(limits, key.id, request_id, row["taken_at"], row["tokens_taken"], headers)

    async def settle(self, grant: RateGrant, tokens_used: int) -> None:
        """Corrects the tokens and frees the slot; a database that is gone frees it by expiry."""
        if not grant.needs_settling:
            return
        try:
            await self._query(
                SETTLE,
                {
                    "key": grant.key_id,
                    "request": grant.request_id,
                    "taken_at": grant.taken_at,
                    "more": tokens_used - grant.tokens,
                },
            )
        except Unavailable:
            return

    async def _query(self, query: str, parameters: dict[str, object]) -> DictRow:
        try:
            async with self._database.connection() as connection:
                row = await (await connection.execute(query, parameters)).fetchone()
        except DATABASE_GONE as error:
            raise Unavailable.ledger() from error
        assert row is not None, "a function call answers one row"
        return row


def _headers(limits: RateLimits, row: DictRow) -> dict[str, str]:
    """`x-ratelimit-*`, in the form OpenAI's SDKs know."""
    headers: dict[str, str] = {}
    for kind, limit in (
        ("requests", limits.requests_per_minute),
        ("tokens", limits.tokens_per_minute),
    ):
        if limit is not None:
            headers[f"x-ratelimit-limit-{kind}"] = str(limit)
            headers[f"x-ratelimit-remaining-{kind}"] = str(row[f"{kind}_left"])
            headers[f"x-ratelimit-reset-{kind}"] = f"{math.ceil(row['reset_seconds'] or 0)}s"
    return headers
