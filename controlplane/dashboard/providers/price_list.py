"""The prices of one model as dated lines: what was, what holds today, what is to come."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.prices import PER_THOUSAND, STANDARD, Price, price_at
from controlplane.dashboard.requests.arithmetic import KINDS

COLUMNS = ("input", "cached_input", "cache_write", "output")
RATE_PLACES = 2


@dataclass(frozen=True)
class DatedPrice:
    """One price; `when` is `past`, `today` or `future`."""

    price: Price
    when: str

    @property
    def rates(self) -> list[str]:
        """Of the columns; empty where the price has none of its own."""
        return [_text(self.price.rates.get(kind)) for kind in COLUMNS]

    @property
    def others(self) -> str:
        """What else it prices, in words."""
        said = [
            f"{KINDS[kind].lower()} {_text(rate)}{' per 1,000' if kind in PER_THOUSAND else ''}"
            for kind, rate in self.price.rates.items()
            if kind not in COLUMNS
        ]
        said += [f"other rates above {t.above_input_tokens:,} in" for t in self.price.long_context]
        return ", ".join(said)

    @property
    def source(self) -> str:
        return "your own" if self.price.is_custom else "price list"


def dated(prices: tuple[Price, ...], now: datetime) -> list[DatedPrice]:
    """The latest first; today's is the one that a call would be billed at now."""
    tiers = {price.service_tier for price in prices}
    today = {id(price_at(prices, now, tier)) for tier in tiers | {STANDARD}}
    ordered = sorted(prices, key=lambda each: (each.valid_from, each.is_custom), reverse=True)
    return [DatedPrice(each, _when(each, now, id(each) in today)) for each in ordered]


def _when(price: Price, now: datetime, is_todays: bool) -> str:
    if price.valid_from > now:
        return "future"
    return "today" if is_todays else "past"


def _text(rate: Decimal | None) -> str:
    if rate is None:
        return ""
    places = max(RATE_PLACES, -int(rate.normalize().as_tuple().exponent))
    return f"{rate:,.{places}f}"
