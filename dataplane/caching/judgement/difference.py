"""What sets two prompts apart, in the words of both: why a guard blocks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dataplane.caching.judgement.prompt import Prompt

WORDS_SHOWN_MAX = 8
WORD_CHARACTERS_MAX = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """`asked` and `stored` are what each has and the other has not; either may be empty."""

    asked: tuple[str, ...]
    stored: tuple[str, ...]


Guard = Callable[[Prompt, Prompt], Difference | None]
"""Of the prompt asked and the one stored. None where it has no objection."""


def between(asked: Iterable[str], stored: Iterable[str]) -> Difference | None:
    """The difference of two sets; None if they are the same."""
    asked, stored = frozenset(asked), frozenset(stored)
    if asked == stored:
        return None
    return Difference(shown(asked - stored), shown(stored - asked))


def shown(words: Iterable[str]) -> tuple[str, ...]:
    """Bounded, for people to read."""
    return tuple(word[:WORD_CHARACTERS_MAX] for word in sorted(words)[:WORDS_SHOWN_MAX])
