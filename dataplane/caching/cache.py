"""The cache of one process: what look-ups share, and its own connections to the database."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from dataplane.caching.comparing import Comparing
from dataplane.caching.entries import WRITE_SECONDS, Entries, Filing
from dataplane.caching.fingerprint import fingerprint
from dataplane.caching.flights import Flights
from dataplane.caching.keeping import Request
from dataplane.caching.learning import Compared, Learning
from dataplane.caching.leases import Leases
from dataplane.caching.lexicon import Lexicon
from dataplane.caching.look_up import LookUp
from dataplane.caching.neighbours import Neighbours
from dataplane.caching.outcomes import Outcomes
from dataplane.caching.policy import wish_of
from dataplane.caching.rates import Show, watch_rates
from dataplane.caching.reading import Reading
from dataplane.caching.semantic import Semantic
from dataplane.database import Database, Lane
from dataplane.request import GatewayRequest
from dataplane.settings import Settings
from dataplane.snapshot.model import CacheRules, Deployment, VirtualKey

# Filtered searches go on until they have enough, and each is planned for the scope it is of: some
# are of three entries and some of a million.
OPTIONS = (
    "-c hnsw.iterative_scan=strict_order -c plan_cache_mode=force_custom_plan -c jit=off"
    " -c max_parallel_workers_per_gather=0"
)


class Cache:
    """Exact and semantic. Its connections are its own, so that it never starves the books."""

    def __init__(
        self,
        ledger: Database,
        settings: Settings,
        dropped: Callable[[], None],
        compared: Compared,
        show_rates: Show,
    ) -> None:
        """`ledger` tells whether the database is gone."""
        lane = Lane(settings.cache_connections_max, 0, is_checked=False, options=OPTIONS)
        self._database = database = Database(settings, lane)
        keys = settings.sealing_keys
        reading = Reading(lambda: ledger.is_gone, settings.cache_read_seconds)
        self.lexicon = Lexicon()
        self.entries = Entries(database, keys, reading, dropped)
        self.semantic = Semantic(self.lexicon, Neighbours(database, keys, reading))
        self.learning = Learning(database, reading, compared)
        self.outcomes = Outcomes(database)
        self.comparing = Comparing(self.learning, self.outcomes, self.lexicon)
        self.flights = Flights()
        self._show_rates = show_rates
        self.leases = Leases(database, reading)

    @property
    def waiting(self) -> int:
        """What is to be written, or to be learned."""
        parts = (self.entries, self.leases, self.comparing, self.learning, self.outcomes)
        return sum(part.waiting for part in parts)

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        """Writes what waits, and lets go."""
        await self.comparing.close()
        await self.work_off()
        await self._database.close()

    async def run(self) -> None:
        """Writes and learns what waits, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_rates(self._database, self._show_rates))
            while True:
                await asyncio.sleep(WRITE_SECONDS)
                await self.work_off()

    async def work_off(self) -> None:
        """Entries before leases: who waited for an answer finds it."""
        await self.entries.write()
        await self.leases.write()
        await self.comparing.work_off()
        await self.learning.write()
        await self.outcomes.write()

    def look_up(
        self,
        call: GatewayRequest,
        key: VirtualKey,
        rules: CacheRules,
        asked_for: Sequence[Deployment],
    ) -> LookUp | None:
        """None where the cache is to keep out of it."""
        if (wish := wish_of(call, rules)) is None:
            return None
        models = {f"{each.id} {each.upstream_model}" for each in asked_for}
        scope = partial(
            fingerprint, call, customer=key.customer, namespace=wish.namespace, models=models
        )
        if (found := scope()) is None:
            return None
        filing = Filing(
            customer=key.customer,
            virtual_key=key.id,
            namespace=wish.namespace,
            endpoint=call.endpoint.value,
            model_requested=call.model_requested or "",
            ttl_seconds=wish.ttl_seconds,
            asked_at=call.at,
        )
        deployments = {each.id for each in asked_for}
        place = self.outcomes.place(key.customer, key.id, wish.namespace)
        asked = Request(call, key, rules, wish, place, filing, deployments, scope)
        return LookUp(self, found, asked)
