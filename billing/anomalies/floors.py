"""From where on a difference is worth a word: relative and absolute, both must be passed."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Floors:
    """What a spike must come to, beside being improbable.

    `ratio` is to the usual, `excess` the sum over the window in the series' own unit. `share`
    replaces `excess` for a series of unknown unit: of its own mean level. `drops` tells whether
    falling without ending counts, as it does for a rate or a temperature, not for traffic.
    `is_mean`: the slots of the series are means, which do not add up to that of an hour.
    """

    ratio: float = 1.6
    excess: float = 0.0
    share: float = 0.0
    drops: bool = False
    level_like: bool = False
    is_mean: bool = False

    def raised(self, factor: float) -> Self:
        """For a series that somebody called noisy."""
        return replace(
            self,
            ratio=1 + (self.ratio - 1) * factor,
            excess=self.excess * factor,
            share=self.share * factor,
        )


SPEND = Floors(excess=2.0)  # USD
REQUESTS = Floors(excess=20.0)
ERRORS = Floors(ratio=3.0, excess=20.0)
REFUSALS = Floors(ratio=3.0, excess=30.0)
TOKENS_PER_REQUEST = Floors(ratio=1.5, is_mean=True)
CACHE_HITS = Floors(ratio=2.0, excess=20.0, drops=True)
FLOORS = {
    "spend": SPEND,
    "requests": REQUESTS,
    "errors": ERRORS,
    "refusals": REFUSALS,
    "tokens_per_request": TOKENS_PER_REQUEST,
    "cache_hits": CACHE_HITS,
}
UNKNOWN = Floors(share=0.1, level_like=True)
