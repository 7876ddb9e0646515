"""What a miss leaves behind: its answer, for the next and for those who wait for it."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from billing.tokens import NO_TOKENS, Tokens
from dataplane.caching import forms
from dataplane.caching.comparing import Comparison
from dataplane.caching.entries import ANSWER_BYTES_MAX, Entry, Filing
from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.flights import Flight
from dataplane.caching.hits import Hit
from dataplane.caching.outcomes import Place, Sums
from dataplane.caching.policy import Wish
from dataplane.caching.reasons import EXACT, MISS, Reason
from dataplane.caching.semantic import Finding
from dataplane.dialects.chat_completions.usage import usage_object
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import CacheRules, Deployment, VirtualKey

if TYPE_CHECKING:
    from dataplane.caching.cache import Cache


@dataclass(frozen=True, slots=True)
class Request:
    """What is looked up, and for whom."""

    call: GatewayRequest
    key: VirtualKey
    rules: CacheRules
    wish: Wish
    place: Place
    filing: Filing
    deployments: set[str]
    """Whose answers are stored: those that were asked for, not their fallbacks."""
    scope: Callable[..., Fingerprint | None]
    """The fingerprint, with some fields `replaced`."""


class Keeping:
    """`keep`, `watch` or `give_up`, once its answer is settled."""

    def __init__(self, cache: "Cache", found: Fingerprint, asked: Request) -> None:
        self.filing = asked.filing
        self.finding = Finding(Reason.NOTHING)
        self.flight: Flight | None = None
        """Those who wait for the answer."""
        self._cache = cache
        self._fingerprint = found
        self._asked = asked
        self._by: Deployment | None = None
        self._cost_usd: Decimal | None = None
        self._tokens = NO_TOKENS

    def answered(
        self, by: Deployment, cost_usd: Decimal | None, tokens: Tokens, *, is_good: bool
    ) -> None:
        """Who answers, and what it cost; told when the answer is settled."""
        self._by = by if is_good and by.id in self._asked.deployments else None
        self._cost_usd = cost_usd
        self._tokens = tokens
        if self.finding.is_audited and cost_usd:
            cost = Sums(audit_usd=cost_usd)
            self._cache.outcomes.add(self._asked.place, MISS, self.finding.reason, cost)

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
        self.land(None)

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
        self._cache.entries.offer(entry, self.filing)
        self._compare(endpoint, body)
        self.land(Hit(entry, EXACT))

    def _compare(self, endpoint: Endpoint, fresh: bytes) -> None:
        """With what is stored of the likeliest neighbour: the answer is there anyway."""
        finding, asked = self.finding, self._asked
        if (candidate := finding.candidate) is not None and not candidate.verdict.is_blocked:
            whose = (candidate, asked.place, asked.key)
            self._cache.comparing.offer(
                Comparison(*whose, endpoint, fresh, self._cost_usd, finding.reason)
            )

    def land(self, hit: Hit | None) -> None:
        if self.flight is not None:
            self._cache.flights.land(self._fingerprint, self.flight, hit)
            self._cache.leases.release(self._fingerprint)
