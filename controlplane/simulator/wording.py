"""What the simulator says, and the fixed rule by which it counts tokens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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

    @property
    def text(self) -> str:
        return "".join(self.tokens)

    @property
    def finish_reason(self) -> str:
        return "length" if self.is_cut else "stop"


def say(text: str, *, tokens_max: int | None, stop: Sequence[str] = ()) -> Utterance:
    """The text up to the first stop sequence and within the limit."""
    ends = [text.index(mark) for mark in stop if mark and mark in text]
    tokens = tokenize(text[: min(ends, default=len(text))])
    limit = min(tokens_max or OUTPUT_TOKENS_MAX, OUTPUT_TOKENS_MAX)
    return Utterance(tokens[:limit], len(tokens) > limit)


def usage(input_tokens: int, output_tokens: int) -> dict[str, Any]:
    """OpenAI's usage object; the parts always add up."""
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
