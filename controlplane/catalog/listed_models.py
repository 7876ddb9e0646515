"""Models that nobody configured, because the price list of a provider knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.listings import find_listing
from controlplane.catalog.models import Listing, Model, Provider
from controlplane.catalog.services import create_model
from controlplane.errors import invalid


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    match: Mapping[str, Any]


def model_to_price(model_id: str) -> Model:
    """The configured model; one that only the price list knows is configured now."""
    model = Model.objects.filter(pk=model_id).first()
    if model is not None:
        return model
    provider_id, _, name = model_id.partition("/")
    provider = Provider.objects.filter(pk=provider_id).first()
    if provider is None or not name or not _is_listed(provider, name):
        raise invalid("model", "There is no such model: create it first.")
    return create_model(provider=provider, upstream_model=name)


def _is_listed(provider: Provider, name: str) -> bool:
    rows = Listing.objects.filter(vendor=provider.price_list).order_by("position")
    known = (_Listed(row.model_name, row.match) for row in rows)
    return find_listing(known, name) is not None
