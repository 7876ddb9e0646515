"""Similar questions: found, judged, served once that is proven, and learned from in any case.

Until a key has proven its target, nothing is served and everything is learned: each near miss is
compared with the fresh answer, which is there anyway. After that a share of what would be served is
asked all the same, so that what is known stays true.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dataplane.caching.asked import Asked, Embed, Embedded, asked_from
from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.judgement.prompt import read_prompt
from dataplane.caching.judgement.verdict import Verdict, judge
from dataplane.caching.lexicon import Lexicon
from dataplane.caching.neighbours import Neighbour, Neighbours
from dataplane.caching.reasons import Reason, of_guard

AUDITED_SHARE = 0.05

Threshold = Callable[[str], Awaitable[float | None]]
"""By embedder: the least score that is served; None for "not yet proven"."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The likeliest of the neighbours."""

    neighbour: Neighbour
    verdict: Verdict
    embedder: str
    question: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the candidate may be served, and why (not)."""

    reason: str
    candidate: Candidate | None = None
    sentence: str = ""
    """More of the reason, in words of both questions: for the client alone."""

    @property
    def is_served(self) -> bool:
        return self.reason == Reason.SIMILAR

    @property
    def is_audited(self) -> bool:
        return self.reason == Reason.AUDIT


class Semantic:
    """Of one process."""

    def __init__(self, lexicon: Lexicon, neighbours: Neighbours) -> None:
        self.audited_share = AUDITED_SHARE
        self._lexicon = lexicon
        self._neighbours = neighbours

    async def asked(self, text: str, scope: Fingerprint, embed: Embed | None) -> Asked | None:
        """With the local embedder where no other is given. None where nothing came of it, while
        the words are not known yet, and for texts that nothing can be made of."""
        if (words := self._lexicon.words()) is None:
            return None
        if embed is None:
            embedded = Embedded(words.name, words.embed(text).tolist())
        elif (asked := await embed(text)) is not None:
            embedded = asked
        else:
            return None
        return asked_from(text, scope, embedded)

    async def find(self, asked: Asked, customer: str, threshold: Threshold) -> Finding:
        """The best of the neighbours, judged."""
        near = await self._neighbours.find(asked, customer)
        words = self._lexicon.words()
        if near is None or words is None:
            return Finding(Reason.LATE)
        prompt = read_prompt(asked.text)
        best: Candidate | None = None
        for each in near:
            verdict = judge(prompt, read_prompt(each.question), each.cosine, words)
            if best is None or verdict.score > best.verdict.score:
                best = Candidate(each, verdict, asked.embedder, asked.text)
        if best is None:
            return Finding(Reason.NOTHING_NEAR)
        return await self._found(best, threshold)

    async def _found(self, best: Candidate, threshold: Threshold) -> Finding:
        verdict, sentence = best.verdict, best.verdict.explain()
        if verdict.guard is not None:
            return Finding(of_guard(verdict.guard), best, sentence)
        least = await threshold(best.embedder)
        if least is None:
            return Finding(Reason.UNPROVEN, best, sentence)
        sentence = f"{sentence}; threshold {least:.3f}"
        if verdict.score < least:
            return Finding(Reason.LOW, best, sentence)
        is_audited = random.random() < self.audited_share
        return Finding(Reason.AUDIT if is_audited else Reason.SIMILAR, best, sentence)
