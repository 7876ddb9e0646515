"""Refusals for a rate limit: which limit, until when, and as the client sees them.

A refusal is remembered for about a slot, so that a storm of requests over the limit does not
become a storm of draws. It is forgotten as soon as something came back in this process.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dataplane.access.rates.headers import RateHeaders, seconds_text
from dataplane.access.rates.slot_clock import SlotClock
from dataplane.errors import RateLimited
from dataplane.snapshot.model import RateLimits

MESSAGES = {
    "requests_per_minute": "This virtual key is over its limit of {limit} requests per minute.",
    "tokens_per_minute": "This virtual key is over its limit of {limit} tokens per minute.",
    "max_parallel_requests": "This virtual key already has {limit} requests in flight.",
}
# When a request ends is not known; clients may try again this soon.
PARALLEL_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Shortage:
    """What there was too little of, and when there will be more."""

    is_parallel: bool
    requests: int
    tokens: int
    """What there was in the window."""
    leaving: Sequence[Sequence[int]] = ()
    """When what counts will not any more, in order: slot, requests and tokens."""
    until: float = 0.0
    """For how long this is believed without asking again."""

    def code(self, tokens: int) -> str | None:
        """The limit that refuses a request of so many tokens; None if it may fit."""
        if self.is_parallel:
            return "max_parallel_requests"
        if self.requests < 1:
            return "requests_per_minute"
        return "tokens_per_minute" if self.tokens < tokens else None

    def retry_seconds(self, tokens: int, clock: SlotClock, now: float) -> float:
        """How long until a request of so many tokens fits, if nobody else makes any."""
        if self.is_parallel:
            return PARALLEL_RETRY_SECONDS
        slot = max(self._freed_at(1, 1 - self.requests), self._freed_at(2, tokens - self.tokens))
        return clock.seconds_until(slot, now) if slot else clock.seconds

    def reset_seconds(self, clock: SlotClock, now: float) -> float:
        """How long until nothing counts any more, if nobody makes requests."""
        return clock.seconds_until(self.leaving[-1][0], now) if self.leaving else clock.seconds

    def _freed_at(self, kind: int, missing: int) -> int:
        """The slot by which so many have left; 0 if they are there, or will never be."""
        freed = 0
        for slot in self.leaving if missing > 0 else ():
            freed += slot[kind]
            if freed >= missing:
                return slot[0]
        return 0


def refusal(
    shortage: Shortage,
    tokens: int,
    limits: RateLimits,
    headers: RateHeaders,
    clock: SlotClock,
    now: float,
) -> RateLimited:
    """The error that the client gets."""
    code = shortage.code(tokens) or "tokens_per_minute"
    limit = getattr(limits, code)
    error = RateLimited(
        code,
        MESSAGES[code].format(limit=limit),
        retry_after_seconds=max(0.0, shortage.retry_seconds(tokens, clock, now)),
        limit=limit,
    )
    reset = seconds_text(max(0.0, shortage.reset_seconds(clock, now)))
    error.headers.update(headers.render(max(0, shortage.requests), max(0, shortage.tokens), reset))
    return error
