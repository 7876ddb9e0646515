"""Retry storms: a key that sends the same request, or is refused the same way, over and over.

A request that is not refused costs nothing, unless its key asks to be held back: then a hash of its
body. Everything is bounded, in each process for itself, and no call depends on what is written.
"""

import asyncio
import logging
import time

import msgspec
import psycopg

from dataplane.access.repeats.counting import Counts
from dataplane.database import DATABASE_GONE, Database
from dataplane.errors import GatewayError, RateLimited
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import VirtualKey

log = logging.getLogger(__name__)

RETRY_STORM = "retry_storm"
# Within a minute: refused, the same request; refused with the same code, any; the same at all.
SAME_REFUSED_MAX = 10
REFUSED_MAX = 100
SAME_MAX = 60
# Not the caller's fault, or not to be told twice.
PASSED_OVER = frozenset({"upstream_rate_limited", "key_paused"})
SERVER_AT_FAULT = 500
WRITE_SECONDS = 2.0
UNWRITTEN_MAX = 1_000
WRITTEN_MAX = 200
MODEL_LENGTH_MAX = 300

WRITE = """
    INSERT INTO keys_keyrepetition
        (virtual_key_id, code, is_same, model, first_at, last_at, requests)
    SELECT key.id, seen.code, seen.is_same, seen.model, now(), now(), seen.requests
    FROM jsonb_to_recordset(%(rows)s::jsonb)
         AS seen (key text, code text, is_same boolean, model text, requests bigint)
    JOIN keys_virtualkey key ON key.id = seen.key
    ORDER BY key.id, seen.code
    ON CONFLICT (virtual_key_id, code) DO UPDATE SET
        is_same = excluded.is_same, model = excluded.model, last_at = now(),
        first_at = CASE WHEN keys_keyrepetition.last_at < now() - interval '10 minutes'
            THEN now() ELSE keys_keyrepetition.first_at END,
        requests = excluded.requests + CASE
            WHEN keys_keyrepetition.last_at < now() - interval '10 minutes'
            THEN 0 ELSE keys_keyrepetition.requests END
"""


class Storm(msgspec.Struct):
    """What is to be told of one key and one way of being refused; `retry_storm`: held back."""

    key: str
    code: str
    is_same: bool = False
    model: str = ""
    requests: int = 0


class Repeats:
    """What one process has seen. `run` must be running for it to be told."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts = Counts()
        self._unwritten: dict[tuple[str, str], Storm] = {}

    def require_calm(self, call: GatewayRequest, key: VirtualKey) -> None:
        """Raises `RateLimited` where this very request came, or was refused, too often."""
        wait = self._counts.seconds_to_wait(_mark(call, key), time.monotonic(), SAME_MAX)
        if wait:
            raise RateLimited(
                RETRY_STORM,
                "This virtual key keeps sending the same request, and is held back for a moment.",
                retry_after_seconds=wait,
            )

    def refused(self, call: GatewayRequest, error: GatewayError) -> None:
        """Notes a refusal that its caller could have avoided."""
        key = call.key
        if key is None or error.answered_status >= SERVER_AT_FAULT or error.code in PASSED_OVER:
            return
        if error.code == RETRY_STORM:
            self._tell(call, key, RETRY_STORM, is_same=True, requests=1)
            return
        now = time.monotonic()
        same = self._counts.refused(_mark(call, key), now, SAME_REFUSED_MAX) if call.body else 0
        alike = self._counts.refused(hash((key.id, error.code)), now, REFUSED_MAX)
        if count := same or alike:
            most = SAME_REFUSED_MAX if same else REFUSED_MAX
            # Those before the first that is told were not told.
            self._tell(call, key, error.code, bool(same), count if count == most else 1)

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            if self._unwritten:
                await self.write()

    async def write(self) -> None:
        """A part of what is not written yet; what cannot be written now is kept."""
        part = [self._unwritten.pop(place) for place in sorted(self._unwritten)[:WRITTEN_MAX]]
        rows = msgspec.json.encode(part).decode()
        try:
            async with self._database.connection() as connection:
                await connection.execute(WRITE, {"rows": rows})
        except (*DATABASE_GONE, psycopg.Error) as error:
            log.debug("repetitions cannot be written now: %s", type(error).__name__)
            for each in part:
                self._add(each)

    def _tell(
        self, call: GatewayRequest, key: VirtualKey, code: str, is_same: bool, requests: int
    ) -> None:
        model = (call.model_requested or "")[:MODEL_LENGTH_MAX]
        self._add(Storm(key.id, code, is_same, model, requests))

    def _add(self, told: Storm) -> None:
        place = (told.key, told.code)
        known = self._unwritten.get(place)
        if known is not None:
            known.requests += told.requests
        elif len(self._unwritten) < UNWRITTEN_MAX:
            self._unwritten[place] = told


def _mark(call: GatewayRequest, key: VirtualKey) -> int:
    return hash((key.id, call.endpoint, call.body))
