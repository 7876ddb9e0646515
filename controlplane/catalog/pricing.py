"""What a provider's models cost, and what one call did: for people who ask after the fact.

A call being served is priced by the data plane, from the same rows and by the same rules.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.costs import cost_of
from billing.errors import ModelUnpriced
from billing.listings import Listings
from billing.prices import STANDARD, Price, price_at
from billing.tokens import Tokens
from billing.usage import dialect_for, read_usage
from controlplane.catalog import models
from controlplane.catalog.vendors import default_price_list, vendor_named


@dataclass(frozen=True, slots=True)
class PricedListing:
    """A listing as `billing.listings` finds it."""

    name: str
    match: Mapping[str, Any]
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class PricedCall:
    """What a call consumed and cost: at the price of its model, and those of others it used."""

    tokens: Tokens
    cost_usd: Decimal
    input_cost_usd: Decimal
    output_cost_usd: Decimal
    price_id: str


class Offers:
    """All prices at one provider of ours, or of one vendor of the price list."""

    def __init__(self, provider: str) -> None:
        ours = models.Provider.objects.filter(pk=provider).first()
        vendor = _price_list(ours) if ours else vendor_named(provider)
        self._prefixes = (f"{provider}/", f"{vendor}/")
        self._dialect = dialect_for(vendor or (ours.kind if ours else ""))
        prices = _prices(vendor, ours)
        self._listings = Listings(_listings(vendor, prices))
        self._models = _models(ours, self._listings, prices) if ours else {}

    def prices(self, model: str) -> tuple[Price, ...]:
        """The prices of a configured or listed model, custom ones among them; none if unknown."""
        for name in dict.fromkeys((model, *map(model.removeprefix, self._prefixes))):
            if (prices := self._models.get(name)) is not None:
                return prices
            if listing := self._listings.find(name):
                return listing.prices
        return ()

    def price_call(self, model: str, usage: Any, at: datetime) -> PricedCall:
        """Prices a provider's usage object. Raises `ModelUnpriced` or `UsageMalformed`."""
        reported = read_usage(self._dialect, usage)
        tier = reported.service_tier
        price = self._price(model, at, tier)
        costs = [cost_of(reported.tokens, price)]
        for other, tokens in reported.others:
            costs.append(cost_of(tokens, self._price(other, at, tier)))
        return PricedCall(
            tokens=reported.tokens,
            cost_usd=sum((cost.total_usd for cost in costs), Decimal(0)),
            input_cost_usd=sum((cost.input_usd for cost in costs), Decimal(0)),
            output_cost_usd=sum((cost.output_usd for cost in costs), Decimal(0)),
            price_id=price.id,
        )

    def _price(self, model: str, at: datetime, service_tier: str | None) -> Price:
        price = price_at(self.prices(model), at, service_tier)
        if price is None:
            raise ModelUnpriced(model)
        return price


def price_id(
    owner_id: str, valid_from: datetime, service_tier: str, daily_from: time | None
) -> str:
    """`openai/gpt-4o@2026-10-14/batch`, with the time of day unless it is midnight in UTC."""
    moment = valid_from.astimezone(UTC).replace(tzinfo=None)
    date = moment.date().isoformat() if moment.time() == time.min else f"{moment.isoformat()}Z"
    parts = [f"{owner_id}@{date}"]
    if service_tier != STANDARD:
        parts.append(service_tier)
    if daily_from is not None:
        parts.append(daily_from.strftime("%H%M"))
    return "/".join(parts)


def _price_list(provider: models.Provider) -> str:
    return provider.price_list or default_price_list(
        provider_id=provider.id, kind=provider.kind, base_url=provider.base_url
    )


PricesOf = Mapping[tuple[str | None, str | None], Sequence[Price]]
"""By the id of a listing or of a model, the other being None."""


def _prices(vendor: str, provider: models.Provider | None) -> PricesOf:
    found: dict[tuple[str | None, str | None], list[Price]] = defaultdict(list)
    theirs = Q(listing__vendor=vendor)
    rows = models.Price.objects.filter(theirs | Q(model__provider=provider) if provider else theirs)
    for row in rows.values():
        found[row["listing_id"], row["model_id"]].append(Price.from_row(row))
    return found


def _listings(vendor: str, prices: PricesOf) -> list[PricedListing]:
    return [
        PricedListing(listing.model_name, listing.match, tuple(prices.get((listing.id, None), ())))
        for listing in models.Listing.objects.filter(vendor=vendor).order_by("position")
    ]


def _models(
    provider: models.Provider, listings: Listings[PricedListing], prices: PricesOf
) -> dict[str, tuple[Price, ...]]:
    """Prices by the names of configured models: their own, then the list's for what is upstream."""
    found: dict[str, tuple[Price, ...]] = {}
    for model in provider.models.prefetch_related("alias_rows"):
        listing = listings.find(model.upstream_model)
        own = (*prices.get((None, model.id), ()), *(listing.prices if listing else ()))
        names = (model.id, model.id.removeprefix(f"{provider.id}/"))
        found |= dict.fromkeys([*(row.alias for row in model.alias_rows.all()), *names], own)
    return found
