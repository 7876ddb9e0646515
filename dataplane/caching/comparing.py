"""Stored answers compared with fresh ones, later: the client does not wait for it.

The same text, or the same numbers, names and negations at a high cosine, count as the same. Where
that fails and the key has a judge, a model is asked; what it does not say clearly counts as wrong.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from billing.money import ZERO
from dataplane.caching import forms
from dataplane.caching.judgement.answers import same_answer
from dataplane.caching.learning import Label, Learning
from dataplane.caching.lexicon import Lexicon
from dataplane.caching.outcomes import Outcomes, Place, Sums
from dataplane.caching.reasons import MISS
from dataplane.caching.semantic import Candidate
from dataplane.request import Endpoint
from dataplane.snapshot.model import VirtualKey

log = logging.getLogger(__name__)

COMPARISONS_WAITING_MAX = 1_000
JUDGES_MAX = 4
JUDGE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate that was asked all the same, and what came of that."""

    candidate: Candidate
    place: Place
    key: VirtualKey
    endpoint: Endpoint
    fresh: bytes
    fresh_usd: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model says of two answers, and what that cost."""

    is_same: bool | None
    """None: nothing that can be understood."""
    cost_usd: Decimal


AskJudge = Callable[[VirtualKey, str, str, str], Awaitable[Opinion]]
"""Of a key: the question, the fresh answer, the stored one. Books what it costs."""


class Comparing:
    """Of one process."""

    def __init__(self, learning: Learning, outcomes: Outcomes, lexicon: Lexicon) -> None:
        self.ask_judge: AskJudge | None = None
        self._learning = learning
        self._outcomes = outcomes
        self._lexicon = lexicon
        self._waiting: deque[Comparison] = deque(maxlen=COMPARISONS_WAITING_MAX)
        self._judged: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        return len(self._waiting) + len(self._judged)

    def offer(self, comparison: Comparison) -> None:
        self._waiting.append(comparison)

    async def work_off(self) -> None:
        """A few at a time. A judge is not waited for."""
        while self._waiting and len(self._judged) < JUDGES_MAX:
            self._compare(self._waiting.popleft())
            await asyncio.sleep(0)

    async def close(self) -> None:
        for task in self._judged:
            task.cancel()
        await asyncio.gather(*self._judged, return_exceptions=True)

    def _compare(self, comparison: Comparison) -> None:
        stored = comparison.candidate.neighbour.entry.body
        texts = [forms.text_of(comparison.endpoint, body) for body in (comparison.fresh, stored)]
        fresh_text, stored_text = texts
        words = self._lexicon.words()
        if fresh_text is None or stored_text is None or words is None:
            return
        cosine = float(words.embed(fresh_text) @ words.embed(stored_text))
        if same_answer(fresh_text, stored_text, cosine):
            self._learn(comparison, is_wrong=False)
        elif self._is_judged(comparison):
            task = asyncio.create_task(self._judge(comparison, fresh_text, stored_text))
            self._judged.add(task)
            task.add_done_callback(self._judged.discard)
        else:
            self._learn(comparison, is_wrong=True)

    def _is_judged(self, comparison: Comparison) -> bool:
        rules = comparison.key.cache
        is_open = not comparison.candidate.verdict.is_blocked
        return bool(rules and rules.judge and is_open and self.ask_judge)

    async def _judge(self, comparison: Comparison, fresh: str, stored: str) -> None:
        assert self.ask_judge is not None, "somebody is there to be asked"
        opinion = Opinion(None, ZERO)
        try:
            async with asyncio.timeout(JUDGE_SECONDS):
                opinion = await self.ask_judge(
                    comparison.key, comparison.candidate.question, fresh, stored
                )
        except TimeoutError:
            log.warning("the judge of the cache took too long")
        if opinion.cost_usd:
            cost = Sums(judge_usd=opinion.cost_usd)
            self._outcomes.add(comparison.place, MISS, comparison.reason, cost)
        self._learn(comparison, is_wrong=opinion.is_same is not True)

    def _learn(self, comparison: Comparison, *, is_wrong: bool) -> None:
        candidate = comparison.candidate
        self._learning.learn(
            Label(
                comparison.place,
                candidate.embedder,
                candidate.verdict.score,
                is_wrong=is_wrong,
                saved_usd=comparison.fresh_usd or ZERO,
            )
        )
