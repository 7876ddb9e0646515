"""How sure one can be that two prompts which no guard blocks ask for the same: 0 to 1.

A cosine alone cannot tell a paraphrase from another value in the same sentence. What tells them
apart is which words differ. Common words that differ (`course`, `class`) are style; rare ones are
what the question is about, most of all where the rest of the sentence stays as it was.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.stems import stem
from dataplane.caching.judgement.wordlists import FILLERS


class Lexicon(Protocol):
    """What is known of words."""

    def rarity(self, word: str) -> float:
        """By rank in the vocabulary: 0 for the most common, 1 for the rarest single token, more
        for a word of several tokens."""

    def similarity(self, words: list[str], others: list[str]) -> float:
        """Cosine of two bags of words, -1 to 1; 0 where one is empty."""


# Fitted on questions of nine domains, each left out in turn, and rounded: no domain minded.
_COSINE = 12.0
_SHARED = 5.0
_RARITY = -3.0
_RARITY_OF_BOTH = -3.0
_BOTH = 8.0
_DISTANCE = -6.0
_FRAME = -6.0
_LENGTH = 0.5
_BIAS = -6.0
_SPREAD = 2.0
"""Keeps what is nearly certain apart from what is certain."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The words of weight that only one of two prompts has."""

    asked: tuple[str, ...]
    stored: tuple[str, ...]
    shared: tuple[str, ...]
    frame: float
    """Share of the longer prompt that is the same at both ends, 0 to 1."""


def contrast(asked: Prompt, stored: Prompt) -> Contrast:
    of_asked, of_stored = _heavy(asked), _heavy(stored)
    return Contrast(
        tuple(text for name, text in of_asked.items() if name not in of_stored),
        tuple(text for name, text in of_stored.items() if name not in of_asked),
        tuple(text for name, text in of_asked.items() if name in of_stored),
        _frame(asked.texts, stored.texts),
    )


def score(asked: Prompt, stored: Prompt, cosine: float, lexicon: Lexicon) -> float:
    """Of prompts with the same content words in another order, it is about 1."""
    words = contrast(asked, stored)
    of_asked = [lexicon.rarity(word) for word in words.asked]
    of_stored = [lexicon.rarity(word) for word in words.stored]
    rarest_asked, rarest_stored = max(of_asked, default=0.0), max(of_stored, default=0.0)
    shared = sum(lexicon.rarity(word) for word in words.shared)
    total = shared + sum(of_asked) + sum(of_stored)
    log_odds = (
        _BIAS
        + _COSINE * cosine
        + _SHARED * (shared / total if total else 1.0)
        + _RARITY * max(rarest_asked, rarest_stored)
        + _RARITY_OF_BOTH * min(rarest_asked, rarest_stored)
        + _LENGTH * math.log1p(min(len(asked.words), len(stored.words)))
    )
    if words.asked and words.stored:
        distance = 1.0 - lexicon.similarity(list(words.asked), list(words.stored))
        log_odds += _BOTH + _DISTANCE * distance + _FRAME * words.frame
    return 1.0 / (1.0 + math.exp(-log_odds / _SPREAD))


def _heavy(prompt: Prompt) -> dict[str, str]:
    """Words that carry meaning, by their stems."""
    return {stem(text): text for text in prompt.texts if text not in FILLERS}


def _frame(asked: tuple[str, ...], stored: tuple[str, ...]) -> float:
    shorter, longer = sorted((len(asked), len(stored)))
    if not longer:
        return 1.0
    before = 0
    while before < shorter and asked[before] == stored[before]:
        before += 1
    behind = 0
    while behind < shorter - before and asked[-1 - behind] == stored[-1 - behind]:
        behind += 1
    return (before + behind) / longer
