"""What the simulator says, and the fixed rule by which it counts tokens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NOTICE = "This is Purser's simulator, not a language model."
FINGERPRINT = "purser-simulator"
OUTPUT_TOKENS_MAX = 1000

# At most eight letters or one other sign, with the space before it. Joined, they are the text.
_TOKEN = re.compile(r"\s*(?:\w{1,8}|[^\w\s])|\s+")


def tokenize(text: str) -> list[str]:
    return _TOKEN.findall(text)


def count(text: str) -> int:
    return len(tokenize(text))


@dataclass(frozen=True)
class Utterance:
    """A text as tokens, perhaps cut short."""

    tokens: Sequence[str]
    is_cut: bool
    stopped_at: str | None = None
    """The stop sequence that ended it."""

    @property
    def text(self) -> str:
        return "".join(self.tokens)


def say(text: str, *, tokens_max: int | None, stop: Sequence[str] = ()) -> Utterance:
    """The text up to the first stop sequence and within the limit."""
    ends = [(text.index(mark), mark) for mark in stop if mark and mark in text]
    end, mark = min(ends, default=(len(text), None))
    tokens = tokenize(text[:end])
    most = OUTPUT_TOKENS_MAX if tokens_max is None else min(tokens_max, OUTPUT_TOKENS_MAX)
    return Utterance(tokens[:most], len(tokens) > most, mark)
