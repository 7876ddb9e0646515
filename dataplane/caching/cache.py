"""The cache as a request sees it: look, and if there is nothing, leave the answer behind."""

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal

import msgspec

from billing.tokens import NO_TOKENS, Tokens
from dataplane.caching import forms
from dataplane.caching.entries import ANSWER_BYTES_MAX, Entries, Entry, Filing
from dataplane.caching.fingerprint import Fingerprint, fingerprint
from dataplane.caching.flights import Flight, Flights
from dataplane.caching.policy import wish_of
from dataplane.contract.credentials import SealingKeys
from dataplane.database import Database
from dataplane.dialects.chat_completions.usage import usage_object
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import CacheRules, Deployment, VirtualKey


class Cache:
    """The exact cache of one process."""

    def __init__(
        self, database: Database, sealing_keys: SealingKeys, dropped: Callable[[], None]
    ) -> None:
        self.entries = Entries(database, sealing_keys, dropped)
        self._flights = Flights()

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
        found = fingerprint(call, customer=key.customer, namespace=wish.namespace, models=models)
        if found is None:
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
        return LookUp(self, self._flights, found, filing, deployments, reads=wish.reads)


class LookUp:
    """One request's dealings with the cache: `find`, and after a miss `keep` or `give_up`."""

    def __init__(
        self,
        cache: Cache,
        flights: Flights,
        found: Fingerprint,
        filing: Filing,
        deployments: set[str],
        *,
        reads: bool,
    ) -> None:
        self._cache = cache
        self._flights = flights
        self._fingerprint = found
        self._filing = filing
        self._deployments = deployments
        self._reads = reads
        self._flight: Flight | None = None
        self._by: Deployment | None = None
        self._cost_usd: Decimal | None = None
        self._tokens = NO_TOKENS

    async def find(self) -> Entry | None:
        """What is stored, or what another request is about to store. A request that finds neither
        is waited for by those who come meanwhile."""
        entries = self._cache.entries
        if self._reads:
            if (flight := self._flights.find(self._fingerprint)) is not None:
                if (entry := await flight.wait()) is not None:
                    entries.used(entry)
                return entry  # or by itself: what served nobody else once would not the next time
            self._flight = self._flights.begin(self._fingerprint)
            if (entry := await self._find_stored(entries)) is not None:
                self._land(entry)
                entries.used(entry)
                return entry
        return None

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
        self._store(body if good and forms.storable(endpoint, body) else None)

    async def watch(self, endpoint: Endpoint, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same pieces; at their end, what they come to is kept."""
        said = bytearray()
        try:
            async for chunk in chunks:
                if len(said) <= ANSWER_BYTES_MAX:
                    said += chunk
                yield chunk
            self._store(self._whole(endpoint, bytes(said)))
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Nothing came of it, or it has come to its end."""
        self._land(None)

    async def _find_stored(self, entries: Entries) -> Entry | None:
        try:
            return await entries.find(self._fingerprint, self._filing.customer)
        except BaseException:
            self.give_up()
            raise

    def _whole(self, endpoint: Endpoint, stream: bytes) -> bytes | None:
        if self._by is None or len(stream) > ANSWER_BYTES_MAX:
            return None
        body = forms.assembled(endpoint, stream)
        if body is None:
            return None
        if endpoint is Endpoint.CHAT_COMPLETIONS and not body.get("usage"):
            body["usage"] = usage_object(self._tokens)  # which streams need not say
        return msgspec.json.encode(body)

    def _store(self, body: bytes | None) -> None:
        entry = None
        if body is not None and (by := self._by) is not None:
            entry = Entry(self._fingerprint, body, by.provider.id, by.name, by.id, self._cost_usd)
            self._cache.entries.offer(entry, self._filing)
        self._land(entry)

    def _land(self, entry: Entry | None) -> None:
        if self._flight is not None:
            self._flights.land(self._fingerprint, self._flight, entry)
