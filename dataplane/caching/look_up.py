"""One request's look into the cache: what is there for it, and why (not)."""

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from billing.money import ZERO
from dataplane.caching.asked import Embed, Embedded
from dataplane.caching.entries import Entry
from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.flights import WAIT_SECONDS_MAX
from dataplane.caching.hits import Hit
from dataplane.caching.keeping import Keeping, Request
from dataplane.caching.outcomes import Sums
from dataplane.caching.question import question_of
from dataplane.caching.reasons import EXACT, MISS, SEMANTIC, SHADOW, Reason
from dataplane.caching.semantic import Finding

if TYPE_CHECKING:
    from dataplane.caching.cache import Cache

LOOK_AGAIN_SECONDS = (0.02, 0.25)
"""How soon an answer of another process is looked for, at first and at last."""


class LookUp:
    """`find`; what comes of a miss goes to `keeping`."""

    def __init__(self, cache: "Cache", found: Fingerprint, asked: Request) -> None:
        self.keeping = Keeping(cache, found, asked)
        self._cache = cache
        self._fingerprint = found
        self._asked = asked
        self._embedding_usd = ZERO

    @property
    def explanation(self) -> str | None:
        """Why it hit or missed, if the client wants to know."""
        if not self._asked.wish.explains:
            return None
        finding = self.keeping.finding
        return f"{finding.reason}: {finding.sentence}" if finding.sentence else str(finding.reason)

    async def find(self, embed: Embed | None) -> Hit | None:
        """What is stored, or what another request is about to store. A request that finds neither
        is waited for by those who come meanwhile. `embed` is None for the local embedder."""
        serves = self._asked.rules.serves and self._asked.wish.reads
        if serves:
            if (flight := self._cache.flights.find(self._fingerprint)) is not None:
                hit = await flight.wait()
                self.keeping.finding = Finding(Reason.SHARED if hit else Reason.NOTHING)
                return self._ended(hit)  # None: what served nobody else would not the next time
            self.keeping.flight = self._cache.flights.begin(self._fingerprint)
        try:
            hit = await self._found(embed)
            if hit is None and serves and self.keeping.finding.reason != Reason.LATE:
                hit = await self._elsewhere()
        except BaseException:
            self.keeping.give_up()
            raise
        if hit is not None:
            self.keeping.land(hit)
        return self._ended(hit)

    async def _found(self, embed: Embed | None) -> Hit | None:
        if not self._asked.wish.reads:
            self.keeping.finding = Finding(Reason.REFRESH)
            await self._ask(embed)
            return None
        found = await self._cache.entries.find(self._fingerprint, self.keeping.filing.customer)
        if found is None:
            self.keeping.finding = Finding(Reason.LATE)
            return None
        if found:
            return self._same(found[0])
        if self._asked.wish.is_semantic and await self._ask(embed):
            return await self._similar()
        return None

    def _same(self, entry: Entry) -> Hit | None:
        self.keeping.finding = Finding(Reason.SAME)
        if self._asked.rules.serves:
            return Hit(entry, EXACT)
        sums = Sums(1, entry.cost_usd or ZERO)
        self._cache.outcomes.add(self._asked.place, SHADOW, Reason.SAME, sums)
        return None

    async def _ask(self, embed: Embed | None) -> bool:
        """Whether it has a question, and a vector for it."""
        asked = self._asked
        if not asked.wish.is_semantic:
            return False
        reason = Reason.NO_QUESTION
        takes_all = asked.rules.takes_conversations
        question = question_of(asked.call, takes_conversations=takes_all)
        if question is not None:
            around = asked.scope(replaced={question.field: question.rest})
            counted = None if embed is None else self._counted(embed)
            if around is not None:
                vector = await self._cache.semantic.asked(question.text, around, counted)
                self.keeping.filing = replace(self.keeping.filing, asked=vector)
            reason = Reason.NOT_EMBEDDED
        if self.keeping.filing.asked is None and asked.wish.reads:
            self.keeping.finding = Finding(reason)
        return self.keeping.filing.asked is not None

    def _counted(self, embed: Embed) -> Embed:
        async def counted(text: str) -> Embedded | None:
            embedded = await embed(text)
            self._embedding_usd += embedded.cost_usd if embedded else ZERO
            return embedded

        return counted

    async def _similar(self) -> Hit | None:
        assert self.keeping.filing.asked is not None, "there is something to be near to"
        customer = self.keeping.filing.customer
        found = await self._cache.semantic.find(
            self.keeping.filing.asked, customer, self._threshold
        )
        if (found.is_served or found.is_audited) and not self._asked.rules.serves:
            found = replace(found, reason=Reason.WATCHED)
        self.keeping.finding = found
        if not found.is_served or (candidate := found.candidate) is None:
            return None
        verdict = candidate.verdict
        self._cache.learning.served(self._asked.place, candidate.embedder, verdict.score)
        return Hit(candidate.neighbour.entry, SEMANTIC, verdict.score, verdict.cosine)

    async def _threshold(self, embedder: str) -> float | None:
        """The request's or the key's own; else the one that is proven."""
        if self._asked.wish.threshold is not None:
            return self._asked.wish.threshold
        target = self._asked.rules.target_error
        return await self._cache.learning.threshold(
            self.keeping.filing.virtual_key, embedder, target
        )

    async def _elsewhere(self) -> Hit | None:
        """What another process has answered meanwhile. None: this request is to be answered now,
        and the other processes wait for that."""
        pause, pause_max = LOOK_AGAIN_SECONDS
        until = time.monotonic() + WAIT_SECONDS_MAX
        customer = self.keeping.filing.customer
        while time.monotonic() < until:
            if await self._cache.leases.take(self._fingerprint, customer):
                return None
            if found := await self._cache.entries.find(self._fingerprint, customer):
                self.keeping.finding = Finding(Reason.SHARED)
                return Hit(found[0], EXACT)
            await asyncio.sleep(pause)
            pause = min(pause_max, pause * 1.5)
        return None

    def _ended(self, hit: Hit | None) -> Hit | None:
        """Counts it."""
        result, saved_usd = MISS, ZERO
        if hit is not None:
            self._cache.entries.used(hit.entry)
            result, saved_usd = hit.kind, hit.entry.cost_usd or ZERO
        if hit is not None or self.keeping.finding.reason != Reason.SAME:
            sums = Sums(1, saved_usd, self._embedding_usd)
            self._cache.outcomes.add(self._asked.place, result, self.keeping.finding.reason, sums)
        return hit
