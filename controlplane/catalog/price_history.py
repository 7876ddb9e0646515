"""Every price that a model of the price source ever had, in terms of our rows.

A date that the source does not know is the epoch. Rates for certain hours become prices with a
daily window. Variants for batch processing, service tiers and fast mode become prices of that tier:
the variant's rates over the standard ones, from its own date on. Variants for anything else (a
route, a kind of search) are left out, and so are rates for what usage does not tell: hours of
audio, pages, characters, searches in files.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from billing.prices import STANDARD, LongContext, Price, Rates
from controlplane.catalog.pricing import price_id

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, PriceVariant, TieredPrices

EPOCH = date(1970, 1, 1)
RATE_QUANTUM = Decimal("1e-10")  # the column's scale; what is finer comes from a float

KINDS = {
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "input_audio",
    "cache_audio_read_mtok": "cached_input_audio",
    "input_image_mtok": "input_image",
    "cache_image_read_mtok": "cached_input_image",
    "input_video_mtok": "input_video",
    "output_mtok": "output",
    "output_reasoning_mtok": "output_reasoning",
    "output_audio_mtok": "output_audio",
    "output_image_mtok": "output_image",
    "output_video_mtok": "output_video",
    "requests_kcount": "request",
    "web_searches_kcount": "web_search",
}
# A price with none of these could not tell what a call costs.
ESSENTIAL = frozenset({"input_mtok", "output_mtok", "requests_kcount"})
# Models that are given away have this suffix, and no rates.
FREE_SUFFIX = ":free"
FREE = {"input_mtok": Decimal(0), "output_mtok": Decimal(0)}

TIERS = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
}

# What the source has for one price: rates by its own keys, some of them with long-context tiers.
SourceRates = Mapping[str, "Decimal | TieredPrices"]


@dataclass(frozen=True)
class _Hours:
    """Rates that hold all day, or from one time of day to another."""

    rates: SourceRates
    daily_from: time | None = None
    daily_until: time | None = None


def price_history(model: "ModelInfo", listing_id: str) -> Iterator[Price]:
    """The model's prices: the standard ones, then those of each tier from its first date on."""
    standard = _conditional(model)
    yield from _tier_history(listing_id, STANDARD, standard, [])
    by_tier: dict[str, list[PriceVariant]] = {}
    for variant in model.price_variants or ():
        if tier := _tier(variant):
            by_tier.setdefault(tier, []).append(variant)
    for tier, variants in by_tier.items():
        yield from _tier_history(listing_id, tier, standard, variants)


def _conditional(model: "ModelInfo") -> list["ConditionalPrice"]:
    from genai_prices.types import ConditionalPrice

    if isinstance(model.prices, list):
        return model.prices
    return [ConditionalPrice(prices=model.prices)]


def _tier(variant: "PriceVariant") -> str | None:
    return TIERS.get(next(iter(variant.when.items()))) if len(variant.when) == 1 else None


def _tier_history(
    listing_id: str,
    tier: str,
    standard: list["ConditionalPrice"],
    variants: list["PriceVariant"],
) -> Iterator[Price]:
    """A price for each date on which something about it changes."""
    dates = {EPOCH, *map(_starts_on, standard), *map(_starts_on, variants)}
    first = min(map(_starts_on, variants), default=EPOCH)
    for day in sorted(each for each in dates if each >= first):
        over = _overrides(variants, day)
        for hours in _standard_on(standard, day):
            rates = _billable({**hours.rates, **over}, listing_id)
            if rates is not None:
                yield _price(listing_id, tier, day, hours, rates)


def _starts_on(entry: "ConditionalPrice | PriceVariant") -> date:
    return getattr(entry.constraint, "start_date", EPOCH)


def _overrides(variants: Iterable["PriceVariant"], day: date) -> SourceRates:
    """The rates of the variants that hold on a day; the first to name a rate decides it."""
    rates: dict[str, Any] = {}
    for variant in variants:
        if _starts_on(variant) <= day:
            rates = {**_given(variant.prices), **rates}
    return rates


def _standard_on(standard: list["ConditionalPrice"], day: date) -> Iterator[_Hours]:
    """The rates of a day: the last that has begun, and those for certain hours listed after it."""
    begun = (
        place
        for place, entry in enumerate(standard)
        if not _is_for_hours(entry) and _starts_on(entry) <= day
    )
    last = max(begun, default=0)
    yield _Hours(_given(standard[last].prices))
    for entry in standard[last + 1 :]:
        if _is_for_hours(entry):
            between: Any = entry.constraint
            yield _Hours(_given(entry.prices), _utc(between.start_time), _utc(between.end_time))


def _is_for_hours(entry: "ConditionalPrice") -> bool:
    return hasattr(entry.constraint, "start_time")


def _given(prices: Any) -> dict[str, Any]:
    return {name: rate for name, rate in vars(prices).items() if rate is not None}


def _utc(moment: time) -> time:
    """A time of day in UTC; one without a zone is."""
    if moment.tzinfo is None:
        return moment
    return datetime.combine(EPOCH, moment).astimezone(UTC).time()


def _billable(rates: SourceRates, listing_id: str) -> SourceRates | None:
    """Rates that a cost can be told from, else None."""
    if not ESSENTIAL.isdisjoint(rates):
        return rates
    return FREE if listing_id.endswith(FREE_SUFFIX) else None


def _price(listing_id: str, tier: str, day: date, hours: _Hours, rates: SourceRates) -> Price:
    known: dict[str, Any] = {KINDS[name]: rate for name, rate in rates.items() if name in KINDS}
    base = {kind: _rounded(getattr(rate, "base", rate)) for kind, rate in known.items()}
    valid_from = datetime.combine(day, time.min, UTC)
    return Price(
        id=price_id(listing_id, valid_from, tier, hours.daily_from),
        valid_from=valid_from,
        rates=base,
        service_tier=tier,
        long_context=_long_context(known, base),
        daily_from=hours.daily_from,
        daily_until=hours.daily_until,
    )


def _long_context(rates: Mapping[str, Any], base: Rates) -> tuple[LongContext, ...]:
    """The rates of each long-context tier; all rates may have tiers of their own."""
    tiered = {kind: rate.tiers for kind, rate in rates.items() if hasattr(rate, "tiers")}
    bounds = sorted({tier.start for tiers in tiered.values() for tier in tiers})
    return tuple(LongContext(bound, {**base, **_reached(tiered, bound)}) for bound in bounds)


def _reached(tiered: Mapping[str, Any], bound: int) -> Rates:
    return {
        kind: _rounded(reached[-1].price)
        for kind, tiers in tiered.items()
        if (reached := [tier for tier in tiers if tier.start <= bound])
    }


def _rounded(rate: Decimal) -> Decimal:
    return rate.quantize(RATE_QUANTUM, rounding=ROUND_HALF_UP)
