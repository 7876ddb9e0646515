"""The networks that keys were used from, noted in memory and written every few seconds.

A request costs a look into a dictionary. Everything is bounded, and nothing depends on it: what
cannot be noted or written is not.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import psycopg

from dataplane.access.networks.addresses import Network, last_hops, network_of
from dataplane.database import DATABASE_GONE, Database

log = logging.getLogger(__name__)

FORWARDED_FOR = b"x-forwarded-for"
WRITE_SECONDS = 2.0
# What was seen is forgotten this often, so that `last_seen_at` goes on.
FORGET_SECONDS = 3600.0
SEEN_MAX = 50_000
UNWRITTEN_MAX = 10_000
# At a write, for all keys together; and of one key ever.
WRITTEN_MAX = 1_000
NETWORKS_OF_KEY_MAX = 64

WRITE = """
    INSERT INTO keys_keynetwork (virtual_key_id, network, first_seen_at, last_seen_at)
    SELECT key.id, seen.network, now(), now()
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS seen (key text, network text)
    JOIN keys_virtualkey key ON key.id = seen.key
    LEFT JOIN keys_keynetwork known
        ON known.virtual_key_id = key.id AND known.network = seen.network
    WHERE known.network IS NOT NULL OR (
        SELECT count(*) FROM keys_keynetwork every WHERE every.virtual_key_id = key.id
    ) < %(most)s
    ORDER BY key.id, seen.network
    ON CONFLICT (virtual_key_id, network) DO UPDATE SET last_seen_at = now()
"""


class ClientNetworks:
    """What one process has seen. `run` must be running for it to be told."""

    def __init__(self, database: Database, trusted_proxies: Sequence[Network]) -> None:
        self._database = database
        self._trusted = trusted_proxies
        self._seen: set[tuple[str, str, bytes]] = set()
        self._unwritten: set[tuple[str, str]] = set()
        self._forget_at = time.monotonic() + FORGET_SECONDS

    def note(self, key_id: str, peer: Any, headers: Mapping[bytes, bytes]) -> None:
        """A working secret of the key came from there. `peer` is ASGI's: a host and a port."""
        if not peer:
            return
        forwarded = last_hops(headers.get(FORWARDED_FOR, b"")) if self._trusted else b""
        sight = (key_id, peer[0], forwarded)
        if sight not in self._seen:
            self._note_new(sight)

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            if time.monotonic() >= self._forget_at:
                self._forget_at = time.monotonic() + FORGET_SECONDS
                self._seen.clear()
            if self._unwritten:
                await self.write()

    async def write(self) -> None:
        """A part of what is not written yet; what cannot be written now is kept."""
        part = sorted(self._unwritten)[:WRITTEN_MAX]
        rows = [{"key": key_id, "network": network} for key_id, network in part]
        asked = {"rows": msgspec.json.encode(rows).decode(), "most": NETWORKS_OF_KEY_MAX}
        try:
            async with self._database.connection() as connection:
                await connection.execute(WRITE, asked)
        except (*DATABASE_GONE, psycopg.Error) as error:
            log.debug("networks of keys cannot be written now: %s", type(error).__name__)
        else:
            self._unwritten.difference_update(part)

    def _note_new(self, sight: tuple[str, str, bytes]) -> None:
        if len(self._seen) >= SEEN_MAX:
            self._seen.clear()
        self._seen.add(sight)
        key_id, host, forwarded = sight
        network = network_of(host, forwarded, self._trusted)
        if network is not None and len(self._unwritten) < UNWRITTEN_MAX:
            self._unwritten.add((key_id, network))
