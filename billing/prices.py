"""What a model costs from when on, and which price holds at a moment.

Rates are USD per million tokens, or per thousand requests or searches. A price that lacks a rate
bills that kind at the rate `billing.costs` falls back to. Prices of one model follow each other by
`valid_from`; among those of one date, one with a daily window holds inside its window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

STANDARD = "standard"

PER_MILLION_TOKENS = (
    "input",
    "cached_input",
    "cache_write",
    "cache_write_1h",
    "input_audio",
    "cached_input_audio",
    "input_image",
    "cached_input_image",
    "input_video",
    "output",
    "output_reasoning",
    "output_audio",
    "output_image",
    "output_video",
)
PER_THOUSAND = ("request", "web_search")
COLUMNS = {kind: f"{kind}_usd_per_mtok" for kind in PER_MILLION_TOKENS} | {
    kind: f"{kind}_usd_per_thousand" for kind in PER_THOUSAND
}

Rates = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class LongContext:
    """Rates of a request with more than so many input tokens: of all its tokens, not the excess."""

    above_input_tokens: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class Price:
    """Rates from `valid_from` on, for one service tier. A custom price is ours, not the list's."""

    id: str
    valid_from: datetime
    rates: Rates
    service_tier: str = STANDARD
    long_context: tuple[LongContext, ...] = ()
    daily_from: time | None = None
    daily_until: time | None = None
    is_custom: bool = False

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Price":
        """A price from its columns in the database."""
        rates = _rates(row)
        return cls(
            id=row["id"],
            valid_from=row["valid_from"],
            rates=rates,
            service_tier=row["service_tier"],
            long_context=_long_context(row["tiers"], rates),
            daily_from=row["daily_from"],
            daily_until=row["daily_until"],
            is_custom=row["model_id"] is not None,
        )

    def rates_for(self, input_tokens: int) -> Rates:
        """The rates of a request with so many input tokens."""
        if not self.long_context:
            return self.rates
        tiers = self.tiers_within(input_tokens)
        return tiers[-1].rates if tiers else self.rates

    def tiers_within(self, input_tokens: int) -> tuple[LongContext, ...]:
        """The long-context tiers that a request with so many input tokens reaches."""
        return tuple(t for t in self.long_context if input_tokens > t.above_input_tokens)

    def holds(self, at: datetime) -> bool:
        """Whether the price has begun at a moment, and is in its daily window."""
        return self.valid_from <= at and self._is_in_daily_window(at)

    def _is_in_daily_window(self, at: datetime) -> bool:
        if self.daily_from is None or self.daily_until is None:
            return True
        now = at.astimezone(UTC).time()
        if self.daily_from <= self.daily_until:
            return self.daily_from <= now < self.daily_until
        return now >= self.daily_from or now < self.daily_until


def price_at(
    prices: Iterable[Price], at: datetime, service_tier: str | None = None
) -> Price | None:
    """The price of a model at a moment, None if it has none.

    Custom prices come before those of the list, and a tier without a price is billed as standard.
    """
    wanted = service_tier or STANDARD
    valid = (p for p in prices if p.service_tier in (wanted, STANDARD) and p.holds(at))
    return max(valid, default=None, key=lambda price: _precedence(price, wanted))


def _precedence(price: Price, service_tier: str) -> tuple[bool, bool, datetime, bool]:
    return (
        price.is_custom,
        price.service_tier == service_tier,
        price.valid_from,
        price.daily_from is not None,
    )


def _rates(row: Mapping[str, Any]) -> Rates:
    return {
        kind: Decimal(str(row[column]))
        for kind, column in COLUMNS.items()
        if row.get(column) is not None
    }


def _long_context(tiers: Iterable[Mapping[str, Any]], base: Rates) -> tuple[LongContext, ...]:
    """Tiers in ascending order; a rate that a tier leaves out is the base's."""
    found = [LongContext(tier["above_input_tokens"], {**base, **_rates(tier)}) for tier in tiers]
    return tuple(sorted(found, key=lambda tier: tier.above_input_tokens))
