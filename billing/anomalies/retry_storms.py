"""A key that repeats itself: refused again and again, or asking the very same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

WORTH_TELLING = 50  # requests in the window
REFUSED_SHARE = 0.5
SAME_SHARE = 0.6
USUAL_FACTOR = 3.0
# A client that waits as it was told is no storm, nor is one that only asks too fast.
FINAL_CODES_WEIGHT = {"requests_per_minute": 0.5, "tokens_per_minute": 0.5}


@dataclass(frozen=True, slots=True)
class RecentCounts:
    """One key in the last minutes. `usual_refused` is what such a window holds at this hour.

    `fingerprints` counts identical requests, the most frequent ones; `answered_by_cache` of all.
    """

    requests: int
    refused: Mapping[str, int] = field(default_factory=dict)
    fingerprints: Mapping[str, int] = field(default_factory=dict)
    answered_by_cache: int = 0
    usual_refused: float = 0.0


@dataclass(frozen=True, slots=True)
class RetryStorm:
    """`repeated` of `requests` were in vain, for `reason`: an error code, or `identical`."""

    reason: str
    repeated: int
    requests: int


def find_retry_storm(counts: RecentCounts) -> RetryStorm | None:
    """The storm these counts show, if any: refusals before repetition, as the surer sign."""
    weighed = {
        code: many * FINAL_CODES_WEIGHT.get(code, 1.0) for code, many in counts.refused.items()
    }
    refused = sum(weighed.values())
    enough = max(WORTH_TELLING, USUAL_FACTOR * counts.usual_refused)
    if refused >= enough and refused >= REFUSED_SHARE * counts.requests:
        code = max(weighed, key=lambda each: (weighed[each], each))
        return RetryStorm(code, sum(counts.refused.values()), counts.requests)
    same = max(counts.fingerprints.values(), default=0)
    paid = counts.requests - counts.answered_by_cache
    if same >= WORTH_TELLING and same >= SAME_SHARE * counts.requests and paid >= WORTH_TELLING:
        return RetryStorm("identical", same, counts.requests)
    return None
