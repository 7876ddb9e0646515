"""The price list as its source publishes it (the `genai-prices` package), in terms of our rows.

Each listing comes with every price it ever had (see `price_history`). Vendors that resell other
vendors' models (Azure: OpenAI's; Google: Anthropic's) list those, too, at their standard prices.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from billing.prices import STANDARD, Price
from controlplane.catalog.price_history import price_history

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo
    from genai_prices.types import Provider as Vendor


@dataclass(frozen=True)
class SourceListing:
    """One model of a vendor, and its prices."""

    id: str
    vendor: str
    model_name: str
    title: str
    match: dict[str, Any]
    position: int
    context_window_tokens: int | None
    is_deprecated: bool
    prices: tuple[Price, ...]


def listings() -> Iterator[SourceListing]:
    """Every listing of every vendor."""
    from genai_prices.data import providers  # half a second to load, seldom needed

    by_id = {vendor.id: vendor for vendor in providers}
    for vendor in providers:
        resold = [by_id[id] for id in vendor.fallback_model_providers or () if id in by_id]
        yield from _vendor_listings(vendor, resold)


def _vendor_listings(vendor: "Vendor", resold: Iterable["Vendor"]) -> Iterator[SourceListing]:
    """A vendor's own models, then those of others that it sells at their standard prices."""
    taken: set[str] = set()
    for model in vendor.models:
        yield _listing(vendor, model, model.id, len(taken))
        taken.add(model.id)
    for maker in resold:
        for model in maker.models:
            name = f"{maker.id}/{model.id}" if model.id in taken else model.id
            listing = _listing(vendor, model, name, len(taken))
            prices = tuple(price for price in listing.prices if price.service_tier == STANDARD)
            yield replace(listing, prices=prices)
            taken.add(name)


def _listing(vendor: "Vendor", model: "ModelInfo", name: str, position: int) -> SourceListing:
    listing_id = f"{vendor.id}/{name}"
    return SourceListing(
        id=listing_id,
        vendor=vendor.id,
        model_name=name,
        title=model.name or "",
        match=_clause(model.match),
        position=position,
        context_window_tokens=model.context_window,
        is_deprecated=bool(model.deprecated),
        prices=tuple(price_history(model, listing_id)),
    )


def _clause(match: Any) -> dict[str, Any]:
    """The source's clause as JSON: `{"or": [{"equals": …}, …]}`."""
    ((operator, operand),) = vars(match).items()
    if isinstance(operand, list):
        operand = [_clause(each) for each in operand]
    return {operator.rstrip("_"): operand}
