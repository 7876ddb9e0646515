"""From the name a service asks for to the deployments it may mean."""

from collections.abc import Iterator, Sequence

from billing.listings import Listings
from dataplane.snapshot.accounts import with_variants
from dataplane.snapshot.model import Catalog, Deployment, Listing, Provider


def resolve(catalog: Catalog, requested: str, preferred: Sequence[str]) -> list[Deployment]:
    """Deployments for an alias, `provider/model`, or a bare model name; empty if unknown.

    A configured name comes first. A bare name means the first provider that has it, in the order
    of `preferred` (the key's allowed providers), then by id. A deployment whose provider has
    several credentials is there once with each.
    """
    if alias := catalog.aliases.get(requested):
        return list(alias)
    if model := catalog.models.get(requested):
        return _with_each_credential(model)
    provider_id, slash, name = requested.partition("/")
    if slash and (provider := catalog.providers.get(provider_id)):
        found = _at_provider(catalog, provider, name)
        return _with_each_credential(found) if found else []
    for provider in catalog.providers_in_order(preferred):
        if found := _at_provider(catalog, provider, requested):
            return _with_each_credential(found)
    return []


def offered_models(catalog: Catalog) -> Iterator[Deployment]:
    """All that there is by an id of its own: configured models, then what price lists know."""
    yield from catalog.models.values()
    for provider in catalog.providers.values():
        for listing in catalog.listings.get(provider.vendor, ()):
            deployment = listed_deployment(provider, listing.name, listing)
            if deployment.id not in catalog.models and deployment.id not in catalog.switched_off:
                yield deployment


def _with_each_credential(deployment: Deployment) -> list[Deployment]:
    return list(deployment.variants) or [deployment]


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
    deployment = Deployment(
        id=f"{provider.id}/{name}",
        name=name,
        provider=provider,
        upstream_model=name,
        output_tokens_max=listing.output_tokens_max,
        context_tokens=listing.context_tokens,
        prices=listing.prices,
        listings=listings,
    )
    return with_variants(deployment)
