"""From the name a service asks for to the deployments it may mean."""

from collections.abc import Sequence

from billing.listings import Listings
from dataplane.snapshot.model import Catalog, Deployment, Listing, Provider


def resolve(catalog: Catalog, requested: str, preferred: Sequence[str]) -> list[Deployment]:
    """Deployments for an alias, `provider/model`, or a bare model name; empty if unknown.

    A configured name comes first. A bare name means the first provider that has it, in the order
    of `preferred` (the key's allowed providers), then by id.
    """
    if alias := catalog.aliases.get(requested):
        return list(alias)
    if model := catalog.models.get(requested):
        return [model]
    provider_id, slash, name = requested.partition("/")
    if slash and (provider := catalog.providers.get(provider_id)):
        found = _at_provider(catalog, provider, name)
        return [found] if found else []
    for provider in catalog.providers_in_order(preferred):
        if found := _at_provider(catalog, provider, requested):
            return [found]
    return []


def _at_provider(catalog: Catalog, provider: Provider, name: str) -> Deployment | None:
    """The provider's configured model of that name, or what its price list knows by it."""
    model_id = f"{provider.id}/{name}"
    if model_id in catalog.switched_off:
        return None
    if model := catalog.models.get(model_id):
        return model
    listings = catalog.listings.get(provider.vendor)
    listing = listings.find(name) if listings else None
    return listed_deployment(provider, name, listing, listings) if listing else None


def listed_deployment(
    provider: Provider,
    name: str,
    listing: Listing,
    listings: Listings[Listing] | None = None,
) -> Deployment:
    """A known model that nobody had to configure."""
    return Deployment(
        id=f"{provider.id}/{name}",
        name=name,
        provider=provider,
        upstream_model=name,
        output_tokens_max=listing.output_tokens_max,
        context_tokens=listing.context_tokens,
        prices=listing.prices,
        listings=listings,
    )
