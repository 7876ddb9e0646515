"""Everything a request needs, opened in one place and closed there."""

import asyncio
import contextlib
import logging
import signal
import socket
import uuid
from collections.abc import Coroutine
from typing import Any

from dataplane.access.networks.learned import ClientNetworks
from dataplane.access.rate_limits import RateLimiter
from dataplane.access.repeats.repeats import Repeats
from dataplane.caching.cache import Cache
from dataplane.clock import Clock
from dataplane.content import ContentKeeper
from dataplane.database import Database
from dataplane.media.fetcher import MediaFetcher
from dataplane.media.rules import MediaRules
from dataplane.metering.allowances.process import Process
from dataplane.metering.books import Books
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.routing.circuit_rules import CircuitRules
from dataplane.routing.health import Health
from dataplane.routing.reporting import Reporting
from dataplane.settings import Settings
from dataplane.snapshot import loader
from dataplane.snapshot.keys import KeyCache
from dataplane.snapshot.listener import Listener
from dataplane.snapshot.model import Catalog, VirtualKey
from dataplane.telemetry import Telemetry
from dataplane.translation.registry import WireFormats
from dataplane.upstream.call import Caller
from dataplane.upstream.client import UpstreamClient

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0
FIRST_CATALOG_SECONDS = 3.0
QUOTA_READS_MAX = 2


class Gateway:
    """The resources of one process, and the background tasks that keep them true."""

    def __init__(
        self,
        settings: Settings,
        upstream: UpstreamClient | None = None,
        media: MediaFetcher | None = None,
    ) -> None:
        self.settings = settings
        self.telemetry = Telemetry()
        self.clock = Clock()
        self.database = Database(settings)
        self.content = ContentKeeper(self.database, settings, self.telemetry.content_dropped)
        self.catalog = Catalog()
        self.keys = KeyCache(
            self._load_key,
            keys_max=settings.keys_cached_max,
            unknown_max=settings.unknown_keys_cached_max,
            unknown_seconds=settings.unknown_key_seconds,
        )
        self.cache = Cache(
            self.database,
            settings,
            self.telemetry.answer_not_cached,
            self.telemetry.answers_compared,
            self.telemetry.wrong_ratios,
        )
        self.listener = Listener(
            self.database,
            reload_catalog=self._reload_catalog,
            forget_key=self.keys.forget,
            forget_all_keys=self.keys.forget_all,
            recall=lambda balance_id: self.books.recall(balance_id),
            recall_rates=lambda payload: self.rate_limits.recall(payload),
            check_seconds=settings.catalog_check_seconds,
        )
        self.process = Process(
            uuid.uuid4().hex,
            socket.gethostname(),
            self.clock,
            lease_seconds=settings.process_lease_seconds,
            margin_seconds=settings.lease_seconds,
        )
        self.rate_limits = RateLimiter(self.database, self.process.id)
        self.networks = ClientNetworks(self.database, settings.trusted_proxies)
        self.repeats = Repeats(self.database)
        rules = CircuitRules(
            late_seconds=settings.upstream_late_seconds,
            rest_seconds_max=settings.upstream_rest_seconds_max,
        )
        self.health = Health(rules, self.telemetry.circuit_state)
        self._reporting = Reporting(self.database, self.process.id, self.health)
        self.media = media or MediaFetcher(MediaRules.from_settings(settings))
        self.wire_formats = WireFormats(
            self.media, AccessTokens(), output_tokens_default=settings.output_tokens_default
        )
        self._upstream = upstream
        self.quota_reads = asyncio.Semaphore(QUOTA_READS_MAX)
        self.is_stopping = False
        self.in_flight = 0
        self._background: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begins to work; waits a little for the configuration, so as not to answer without it."""
        self._upstream = self._upstream or UpstreamClient.from_settings(self.settings)
        self.caller = Caller(self._upstream, self.settings)
        self.books = Books(self.database, self.process, self.telemetry, self.settings)
        await self.database.open()
        await self.cache.open()
        for work in self._work():
            task = asyncio.create_task(work)
            task.add_done_callback(self._work_ended)
            self._background.add(task)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_CATALOG_SECONDS):
                await self.listener.ready.wait()

    def _work(self) -> list[Coroutine[Any, Any, None]]:
        """The background tasks, each to run until cancelled."""
        own = (
            self.listener.run(),
            self.rate_limits.run(),
            self.telemetry.run(),
            self.networks.run(),
            self.repeats.run(),
            self.health.run(),
            self._reporting.run(),
            self.content.run(),
            self.cache.run(),
        )
        return [*own, *self.books.work]

    def _work_ended(self, task: "asyncio.Task[None]") -> None:
        """None of it ends by itself. A process that cannot do all of its work makes way."""
        if not task.cancelled() and task.exception() is not None:
            log.critical("a background task failed; stopping", exc_info=task.exception())
            signal.raise_signal(signal.SIGTERM)

    async def stop(self) -> None:
        """Books what is left, then lets go of everything."""
        self.is_stopping = True
        if self._closing:
            await asyncio.wait(self._closing, timeout=DRAIN_SECONDS)
        await self.rate_limits.stop()
        await self.books.close(DRAIN_SECONDS)
        for task in self._background:
            task.cancel()
        for task in self._background:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await self._reporting.leave()
        await self.content.write()
        await self.cache.close()
        self.books.leave()
        if self._upstream is not None:
            await self._upstream.aclose()
        await self.media.aclose()
        await self.database.close()

    @property
    def is_ready(self) -> bool:
        is_informed = self.listener.ready.is_set() and self.process.generation > 0
        return is_informed and not self.is_stopping

    def finish(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Runs the end of a request to its end, whatever happens to the request's own task."""
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    async def _load_key(self, secret_hash: str) -> VirtualKey | None:
        async with self.database.connection() as connection:
            return await loader.load_key(connection, secret_hash)

    async def _reload_catalog(self) -> None:
        async with self.database.connection() as connection:
            catalog = await loader.load_catalog(connection, self.settings.sealing_keys)
        self.health.reconfigured(self.catalog.providers, catalog.providers)
        self.catalog = catalog
        log.info(
            "catalog loaded: %d providers, %d models configured",
            len(self.catalog.providers),
            len(self.catalog.models),
        )
