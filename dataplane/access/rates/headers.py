"""`x-ratelimit-*` in the form OpenAI's SDKs know; between draws, `remaining` is an estimate."""

import math
from dataclasses import dataclass

from dataplane.access.rates.slot_clock import WINDOW_SLOTS, SlotClock
from dataplane.snapshot.model import RateLimits


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """The headers of one key's answers, as far as they stay the same."""

    requests_max: str | None
    tokens_max: str | None
    reset: str
    """A request of now counts for a window, from the end of its slot, and for a slot more."""

    @classmethod
    def of(cls, limits: RateLimits, clock: SlotClock) -> "RateHeaders":
        return cls(
            _text(limits.requests_per_minute),
            _text(limits.tokens_per_minute),
            seconds_text((WINDOW_SLOTS + 2) * clock.seconds),
        )

    def render(
        self, requests_left: int, tokens_left: int, reset: str | None = None
    ) -> dict[str, str]:
        headers = {}
        if self.requests_max is not None:
            headers["x-ratelimit-limit-requests"] = self.requests_max
            headers["x-ratelimit-remaining-requests"] = str(requests_left)
            headers["x-ratelimit-reset-requests"] = reset or self.reset
        if self.tokens_max is not None:
            headers["x-ratelimit-limit-tokens"] = self.tokens_max
            headers["x-ratelimit-remaining-tokens"] = str(tokens_left)
            headers["x-ratelimit-reset-tokens"] = reset or self.reset
        return headers


def seconds_text(seconds: float) -> str:
    return f"{math.ceil(seconds)}s"


def _text(limit: int | None) -> str | None:
    return None if limit is None else str(limit)
