"""All prices of one model: which of them holds now, remembered until the next one begins."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from billing.ceilings import Ceiling, ceiling_of
from billing.prices import STANDARD, Price, price_at

EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(slots=True)
class _Period:
    """From `begins` to `ends`, where no price begins: what was asked about it so far."""

    begins: datetime
    ends: datetime
    prices: dict[str, Price | None] = field(default_factory=dict)
    ceilings: dict[frozenset[str], Ceiling | None] = field(default_factory=dict)


class PriceBook:
    """The prices of one model. Every request asks for those that hold, and they seldom change."""

    def __init__(self, prices: Iterable[Price] = ()) -> None:
        self._prices = tuple(prices)
        self._begin = sorted({price.valid_from for price in self._prices})
        self._changes_by_the_hour = any(price.daily_from is not None for price in self._prices)
        tiers = (tier for price in self._prices for tier in price.long_context)
        self.long_context_tokens = max((tier.above_input_tokens for tier in tiers), default=0)
        """The largest number of input tokens that some price has a tier above; 0 if none has."""
        self._period = self._period_of(EVER[0])

    def __iter__(self) -> Iterator[Price]:
        return iter(self._prices)

    def at(self, moment: datetime, service_tier: str = STANDARD) -> Price | None:
        """The price that holds at a moment, as `billing.prices.price_at` says."""
        known = self._at(moment).prices
        if service_tier not in known:
            known[service_tier] = price_at(self._prices, moment, service_tier)
        return known[service_tier]

    def ceiling(self, moment: datetime, service_tiers: frozenset[str]) -> Ceiling | None:
        """The most a call costs at a moment, whichever of the tiers serves it; None if unpriced."""
        known = self._at(moment).ceilings
        if service_tiers not in known:
            found = (self.at(moment, tier) for tier in service_tiers)
            known[service_tiers] = ceiling_of(price for price in found if price is not None)
        return known[service_tiers]

    def _at(self, moment: datetime) -> _Period:
        if self._changes_by_the_hour or not self._period.begins <= moment < self._period.ends:
            self._period = self._period_of(moment)
        return self._period

    def _period_of(self, moment: datetime) -> _Period:
        begun = [begin for begin in self._begin if begin <= moment]
        later = self._begin[len(begun) :]
        return _Period(begun[-1] if begun else EVER[0], later[0] if later else EVER[1])
