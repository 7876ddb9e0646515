"""One question after the other, over one connection: the catalog is kept until it changes.

A change is announced in its own transaction, so whatever was committed before a question is heard
of by the first statement after it.
"""

import time
from typing import Any

import msgspec
import psycopg
from psycopg import Notify

from dataplane.access.rate_limits import WINDOW_SECONDS
from dataplane.access.rates.looking import look
from dataplane.access.rates.slot_clock import WINDOW_SLOTS
from dataplane.check.circuits import read_circuits
from dataplane.check.judging import Judge, Situation
from dataplane.check.questions import Question, as_call
from dataplane.contract.channels import CATALOG_CHANGED, CONFIGURATION
from dataplane.database import DATABASE_GONE, Connection, Database
from dataplane.media.fetcher import MediaFetcher
from dataplane.media.rules import MediaRules
from dataplane.metering.standings import read_standings
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.settings import Settings
from dataplane.snapshot import loader
from dataplane.snapshot.model import Catalog
from dataplane.translation.registry import WireFormats

SLOT_SECONDS = WINDOW_SECONDS / WINDOW_SLOTS
NO_FETCHING = MediaRules(hosts_allowed=())

_decode = msgspec.json.Decoder(Question).decode


class Answering:
    """Answers questions, one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database = Database(settings)
        self._media = MediaFetcher(NO_FETCHING)
        default = settings.output_tokens_default
        formats = WireFormats(self._media, AccessTokens(), output_tokens_default=default)
        self._judge = Judge(settings, formats)
        self._connection: Connection | None = None
        self._catalog: Catalog | None = None
        self._catalog_read_at = 0.0

    async def answer(self, line: bytes) -> dict[str, Any]:
        """`{"verdict": …}`, or `{"error": code}`: `no_such_key`, `database`, `bad_question`."""
        try:
            question = _decode(line)
        except msgspec.MsgspecError:
            return {"error": "bad_question"}
        try:
            return await self._answer(question)
        except (*DATABASE_GONE, psycopg.Error):
            await self.aclose()
        try:  # what was idle for minutes may be gone without a word
            return await self._answer(question)
        except (*DATABASE_GONE, psycopg.Error):
            await self.aclose()
            return {"error": "database"}

    async def warm(self) -> None:
        """Connects and reads the catalog, if the database is there."""
        try:
            await self._catalog_of(await self._connect())
        except (*DATABASE_GONE, psycopg.Error):
            await self.aclose()

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        self._catalog = None
        if connection is not None:
            await connection.close()

    async def _answer(self, question: Question) -> dict[str, Any]:
        connection = self._connection or await self._connect()
        row = await (await connection.execute("SELECT clock_timestamp() AS at")).fetchone()
        assert row is not None, "the clock has a row"
        at, catalog = row["at"], await self._catalog_of(connection)
        key = await loader.load_key_by_id(connection, question.virtual_key)
        if key is None:
            return {"error": "no_such_key"}
        now = Situation(
            at=at,
            key=key,
            catalog=catalog,
            standings=await read_standings(connection, key.budgets, at),
            rates=await look(connection, key, SLOT_SECONDS),
            circuits=await read_circuits(connection),
        )
        return {"verdict": await self._judge.judge(as_call(question, at), now)}

    async def _connect(self) -> Connection:
        connection = self._connection = await self._database.connect()
        connection.add_notify_handler(self._hear)
        await connection.execute(f"LISTEN {CONFIGURATION}")
        return connection

    async def _catalog_of(self, connection: Connection) -> Catalog:
        """Read again when a change was heard of, and at times, lest one was missed."""
        age = time.monotonic() - self._catalog_read_at
        if self._catalog is None or age > self._settings.catalog_check_seconds:
            self._catalog_read_at = time.monotonic()
            self._catalog = await loader.load_catalog(connection, self._settings.sealing_keys)
        return self._catalog

    def _hear(self, notice: Notify) -> None:
        if notice.payload == CATALOG_CHANGED:
            self._catalog = None
