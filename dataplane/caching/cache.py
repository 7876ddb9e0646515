"""The cache as a request sees it: look, and if there is nothing, leave the answer behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from decimal import Decimal
from functools import partial

import msgspec

from billing.tokens import NO_TOKENS, Tokens
from dataplane.caching import forms
from dataplane.caching.asked import Asked
from dataplane.caching.entries import ANSWER_BYTES_MAX, WRITE_SECONDS, Entries, Entry, Filing
from dataplane.caching.fingerprint import Fingerprint, fingerprint
from dataplane.caching.flights import Flight, Flights
from dataplane.caching.hits import EXACT, SEMANTIC, Hit
from dataplane.caching.neighbours import Neighbours
from dataplane.caching.policy import Wish, wish_of
from dataplane.caching.question import question_of
from dataplane.caching.reading import Reading
from dataplane.caching.semantic import Candidate, Semantic
from dataplane.database import Database
from dataplane.dialects.chat_completions.usage import usage_object
from dataplane.request import Endpoint, GatewayRequest
from dataplane.settings import Settings
from dataplane.snapshot.model import CacheRules, Deployment, VirtualKey


class Cache:
    """The cache of one process, exact and semantic."""

    def __init__(self, database: Database, settings: Settings, dropped: Callable[[], None]) -> None:
        sealing_keys = settings.sealing_keys
        reading = Reading(database, settings.cache_read_seconds)
        self.entries = Entries(database, sealing_keys, reading, dropped)
        self.semantic = Semantic(database, reading, Neighbours(database, sealing_keys, reading))
        self.flights = Flights()

    @property
    def waiting(self) -> int:
        """What is to be written, or to be learned."""
        return self.entries.waiting + self.semantic.waiting

    async def run(self) -> None:
        """Writes and learns what waits, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.work_off()

    async def work_off(self) -> None:
        await self.entries.write()
        await self.semantic.work_off()

    def look_up(
        self,
        call: GatewayRequest,
        key: VirtualKey,
        rules: CacheRules,
        asked_for: Sequence[Deployment],
    ) -> "LookUp | None":
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
            asked=self._asked(call, scope) if wish.is_semantic else None,
        )
        return LookUp(self, found, filing, {each.id for each in asked_for}, wish)

    def _asked(self, call: GatewayRequest, scope: "partial[Fingerprint | None]") -> Asked | None:
        """The question, and all around it."""
        if (question := question_of(call)) is None:
            return None
        around = scope(replaced={question.field: question.rest})
        return None if around is None else self.semantic.asked(question.text, around)


class LookUp:
    """One request's dealings with the cache: `find`, and after a miss `keep` or `give_up`."""

    def __init__(
        self, cache: Cache, found: Fingerprint, filing: Filing, deployments: set[str], wish: Wish
    ) -> None:
        self._cache = cache
        self._fingerprint = found
        self._filing = filing
        self._deployments = deployments
        self._wish = wish
        self._flight: Flight | None = None
        self._candidate: Candidate | None = None
        self._by: Deployment | None = None
        self._cost_usd: Decimal | None = None
        self._tokens = NO_TOKENS

    async def find(self) -> Hit | None:
        """What is stored, or what another request is about to store. A request that finds neither
        is waited for by those who come meanwhile."""
        if not self._wish.reads:
            return None
        flights, entries = self._cache.flights, self._cache.entries
        if (flight := flights.find(self._fingerprint)) is not None:
            if (hit := await flight.wait()) is not None:
                entries.used(hit.entry)
            return hit  # or by itself: what served nobody else once would not the next time
        self._flight = flights.begin(self._fingerprint)
        try:
            hit = await self._found()
        except BaseException:
            self.give_up()
            raise
        if hit is not None:
            self._land(hit)
            entries.used(hit.entry)
        return hit

    async def _found(self) -> Hit | None:
        customer = self._filing.customer
        entry = await self._cache.entries.find(self._fingerprint, customer)
        if entry is not None:
            return Hit(entry, EXACT)
        if (asked := self._filing.asked) is None:
            return None
        candidate = await self._cache.semantic.candidate(asked, customer, self._threshold)
        if candidate is None or not candidate.is_served:
            self._candidate = candidate
            return None
        return Hit(candidate.neighbour.entry, SEMANTIC, candidate.verdict.score)

    async def _threshold(self) -> float | None:
        """The request's or the key's own; else the one that is proven."""
        if self._wish.threshold is not None:
            return self._wish.threshold
        return await self._cache.semantic.learning.threshold(self._filing.virtual_key)

    def answered(
        self, by: Deployment, cost_usd: Decimal | None, tokens: Tokens, *, is_good: bool
    ) -> None:
        """Who answers, and what it cost; told when the answer is settled."""
        self._by = by if is_good and by.id in self._deployments else None
        self._cost_usd = cost_usd
        self._tokens = tokens

    def keep(self, endpoint: Endpoint, body: bytes) -> None:
        """A whole answer."""
        good = self._by is not None and len(body) <= ANSWER_BYTES_MAX
        self._store(endpoint, body if good and forms.storable(endpoint, body) else None)

    async def watch(self, endpoint: Endpoint, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same pieces; at their end, what they come to is kept."""
        said = bytearray()
        try:
            async with aclosing(chunks) as pieces:  # type: ignore[type-var]
                async for chunk in pieces:
                    if len(said) <= ANSWER_BYTES_MAX:
                        said += chunk
                    yield chunk
            self._store(endpoint, self._whole(endpoint, bytes(said)))
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Nothing came of it, or it has come to its end."""
        self._land(None)

    def _whole(self, endpoint: Endpoint, stream: bytes) -> bytes | None:
        if self._by is None or len(stream) > ANSWER_BYTES_MAX:
            return None
        body = forms.assembled(endpoint, stream)
        if body is None:
            return None
        if endpoint is Endpoint.CHAT_COMPLETIONS and not body.get("usage"):
            body["usage"] = usage_object(self._tokens)  # which streams need not say
        return msgspec.json.encode(body)

    def _store(self, endpoint: Endpoint, body: bytes | None) -> None:
        if body is None or (by := self._by) is None:
            self.give_up()
            return
        entry = Entry(self._fingerprint, body, by.provider.id, by.name, by.id, self._cost_usd)
        self._cache.entries.offer(entry, self._filing)
        if (candidate := self._candidate) is not None:
            who = {"customer": self._filing.customer, "virtual_key": self._filing.virtual_key}
            self._cache.semantic.compare(candidate, **who, endpoint=endpoint, fresh=body)
        self._land(Hit(entry, EXACT))

    def _land(self, hit: Hit | None) -> None:
        if self._flight is not None:
            self._cache.flights.land(self._fingerprint, self._flight, hit)
