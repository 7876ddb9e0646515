"""Similar questions: found, judged, served once that is proven, and learned from in any case.

Until a key has proven its target, nothing is served and everything is learned: each near miss is
compared with the fresh answer, which is there anyway. After that a share of what would be served is
asked all the same, so that what is known stays true.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataplane.caching import forms
from dataplane.caching.asked import Asked
from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.judgement.answers import same_answer
from dataplane.caching.judgement.prompt import read_prompt
from dataplane.caching.judgement.verdict import Verdict, judge
from dataplane.caching.learning import Label, Learning
from dataplane.caching.neighbours import Neighbour, Neighbours
from dataplane.caching.reading import Reading
from dataplane.database import Database
from dataplane.request import Endpoint

if TYPE_CHECKING:
    from dataplane.caching.judgement.embedder import LocalEmbedder

log = logging.getLogger(__name__)

EMBEDDER = "wordllama/l2_supercat_256"
"""Entries of another one are never found with it; neither are its labels."""
AUDITED_SHARE = 0.05
COMPARISONS_WAITING_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """The likeliest of the neighbours, and whether it may be served."""

    neighbour: Neighbour
    verdict: Verdict
    is_served: bool


@dataclass(frozen=True, slots=True)
class _Comparison:
    candidate: Candidate
    customer: str
    virtual_key: str
    endpoint: Endpoint
    fresh: bytes


class Semantic:
    """Of one process. The embedder is loaded when the first key needs it, beside the requests."""

    def __init__(self, database: Database, reading: Reading, neighbours: Neighbours) -> None:
        self.learning = Learning(database, reading, EMBEDDER)
        self.audited_share = AUDITED_SHARE
        self._neighbours = neighbours
        self._embedder: LocalEmbedder | None = None
        self._loading: asyncio.Task[None] | None = None
        self._comparisons: deque[_Comparison] = deque(maxlen=COMPARISONS_WAITING_MAX)

    @property
    def is_ready(self) -> bool:
        return self._embedder is not None

    @property
    def waiting(self) -> int:
        return len(self._comparisons) + self.learning.waiting

    def asked(self, text: str, scope: Fingerprint) -> Asked | None:
        """None while the embedder is not there, and for texts that it makes nothing of."""
        if self._embedder is None:
            if self._loading is None:
                self._loading = asyncio.create_task(self._load())
            return None
        vector = self._embedder.embed(text)
        if not vector.any():
            return None
        numbers = ",".join([f"{number:.6f}" for number in vector.tolist()])
        return Asked(text, scope, EMBEDDER, f"[{numbers}]")

    async def candidate(
        self, asked: Asked, customer: str, threshold: Callable[[], Awaitable[float | None]]
    ) -> Candidate | None:
        """The best of the neighbours; None where none is near. `threshold` is asked only then."""
        assert self._embedder is not None, "what is asked was embedded"
        prompt, best = read_prompt(asked.text), None
        for neighbour in await self._neighbours.find(asked, customer):
            stored = read_prompt(neighbour.question)
            verdict = judge(prompt, stored, neighbour.cosine, self._embedder)
            if best is None or verdict.score > best[1].score:
                best = (neighbour, verdict)
        if best is None:
            return None
        proven = await threshold() if best[1].score > 0 else None
        is_good = proven is not None and best[1].score >= proven
        return Candidate(*best, is_served=is_good and random.random() >= self.audited_share)

    def compare(
        self,
        candidate: Candidate,
        *,
        customer: str,
        virtual_key: str,
        endpoint: Endpoint,
        fresh: bytes,
    ) -> None:
        """Later: the client does not wait for it."""
        self._comparisons.append(_Comparison(candidate, customer, virtual_key, endpoint, fresh))

    async def work_off(self) -> None:
        """Makes the comparisons that wait, a few at a time, and writes what they taught."""
        while self._comparisons:
            self._learn(self._comparisons.popleft())
            await asyncio.sleep(0)
        await self.learning.write()

    def _learn(self, comparison: _Comparison) -> None:
        stored = comparison.candidate.neighbour.entry.body
        texts = [forms.text_of(comparison.endpoint, body) for body in (comparison.fresh, stored)]
        fresh_text, stored_text = texts
        if fresh_text is None or stored_text is None or self._embedder is None:
            return
        cosine = float(self._embedder.embed(fresh_text) @ self._embedder.embed(stored_text))
        self.learning.learn(
            Label(
                comparison.customer,
                comparison.virtual_key,
                comparison.candidate.verdict.score,
                is_wrong=not same_answer(fresh_text, stored_text, cosine),
            )
        )

    async def _load(self) -> None:
        try:
            self._embedder = await asyncio.to_thread(_embedder)
        except Exception:
            log.exception("the embedder could not be loaded; nothing is answered by similarity")


def _embedder() -> "LocalEmbedder":
    """numpy comes with it: only where a key needs it."""
    from dataplane.caching.judgement.embedder import LocalEmbedder

    return LocalEmbedder()
