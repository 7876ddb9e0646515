"""Changes of providers and models. Prices are in `custom_prices`, sealing in `credentials`."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from django.db import transaction

from controlplane import saving
from controlplane.catalog.credential_shapes import count
from controlplane.catalog.credentials import seal
from controlplane.catalog.models import Model, ModelAlias, Provider
from controlplane.catalog.vendors import default_price_list
from controlplane.errors import Conflict, DomainError, invalid
from controlplane.fields import new_id
from dataplane.contract.provider_names import DEFAULT_BASE_URLS

ALIASES_MAX = 50

Alias = str | tuple[str, int]
"""A name that services may ask for, and with which weight this model is meant; 1 if not given."""


class ProviderFields(TypedDict, total=False):
    name: str
    metadata: dict[str, Any]
    base_url: str
    region: str
    project: str
    auth_header: str
    extra_headers: dict[str, str]
    extra_query: dict[str, str]
    price_list: str
    is_active: bool


class ProviderChanges(ProviderFields, total=False):
    kind: str
    credential: Mapping[str, Any] | None


class ModelFields(TypedDict, total=False):
    name: str
    metadata: dict[str, Any]
    max_output_tokens: int | None
    is_active: bool


class ModelChanges(ModelFields, total=False):
    upstream_model: str


@transaction.atomic
def create_provider(
    *,
    kind: str,
    id: str | None = None,
    credential: Mapping[str, Any] | None = None,
    **fields: Unpack[ProviderFields],
) -> Provider:
    """A vendor's account. Its models are those of its price list, and those configured."""
    provider = Provider(id=id or new_id(kind), kind=kind, **fields)
    _require_address(provider)
    provider.price_list = provider.price_list or _price_list(provider)
    provider.credential_sealed = seal(credential, provider)
    provider.credentials_count = count(credential)
    return saving.add(provider)


@transaction.atomic
def update_provider(provider: Provider, **changes: Unpack[ProviderChanges]) -> Provider:
    """Without `credential` the stored one stays; a new kind needs it again, for its shape."""
    provider = saving.lock(provider)
    columns: dict[str, Any] = {k: v for k, v in changes.items() if k != "credential"}
    changed = Provider(**{**_columns(provider), **columns})
    _require_address(changed)
    if "credential" in changes:
        columns["credential_sealed"] = seal(changes["credential"], changed)
        columns["credentials_count"] = count(changes["credential"])
    elif changed.kind != provider.kind and provider.credential_sealed is not None:
        raise invalid("credential", "Send it again when the kind changes.")
    if "price_list" in columns:
        columns["price_list"] = columns["price_list"] or _price_list(changed)
    return saving.change(provider, columns)


@transaction.atomic
def delete_provider(provider: Provider) -> None:
    saving.remove(provider)


@transaction.atomic
def create_model(
    *,
    provider: Provider,
    upstream_model: str,
    id: str | None = None,
    aliases: Sequence[Alias] = (),
    **fields: Unpack[ModelFields],
) -> Model:
    """A deployment at a provider. Its id is `provider/name`, by default the upstream's name."""
    model_id = id or f"{provider.id}/{upstream_model}"
    if not model_id.startswith(f"{provider.id}/"):
        raise invalid("id", f"The id of a model at this provider begins with '{provider.id}/'.")
    if ModelAlias.objects.filter(alias=model_id).exists():
        message = "This name is an alias of another model."
        raise Conflict("already_exists", f"id: {message}", {"id": [message]})
    model = Model(id=model_id, provider=provider, upstream_model=upstream_model, **fields)
    saving.add(model)
    _set_aliases(model, aliases)
    return model


@transaction.atomic
def update_model(
    model: Model, *, aliases: Sequence[Alias] | None = None, **changes: Unpack[ModelChanges]
) -> Model:
    model = saving.change(model, changes)
    if aliases is not None:
        _set_aliases(model, aliases)
    return model


@transaction.atomic
def delete_model(model: Model) -> None:
    saving.remove(model)


def _set_aliases(model: Model, aliases: Sequence[Alias]) -> None:
    """Makes these, and no others, the model's aliases. Models may share one: both then serve it."""
    weights = dict(_weighted(alias) for alias in aliases)
    if len(weights) != len(aliases) or len(weights) > ALIASES_MAX:
        raise invalid("aliases", f"At most {ALIASES_MAX} names, each once.")
    _require_free(list(weights))
    known = {row.alias: row for row in ModelAlias.objects.filter(model=model)}
    if gone := set(known) - set(weights):
        ModelAlias.objects.filter(model=model, alias__in=gone).delete()
    for alias, weight in weights.items():
        _set_alias(known.get(alias) or ModelAlias(model=model, alias=alias), weight)


def _set_alias(row: ModelAlias, weight: int) -> None:
    try:
        if row.pk is not None:
            saving.change(row, {"weight": weight})
        else:
            row.weight = weight
            saving.add(row)
    except Conflict:
        raise
    except DomainError as error:
        raise invalid("aliases", error.message) from error


def _weighted(alias: Alias) -> tuple[str, int]:
    return (alias, 1) if isinstance(alias, str) else alias


def _require_free(aliases: Sequence[str]) -> None:
    if taken := Model.objects.filter(pk__in=aliases).values_list("pk", flat=True).first():
        message = f"'{taken}' is the id of a model."
        raise Conflict("already_exists", f"aliases: {message}", {"aliases": [message]})


def _require_address(provider: Provider) -> None:
    """A kind without an address of its own needs one; one that lives in regions needs a region."""
    default = DEFAULT_BASE_URLS.get(provider.kind, "")
    if default is None and not provider.base_url:
        raise invalid("base_url", f"A provider of kind {provider.kind} needs its address.")
    if default and "{region}" in default and not provider.base_url and not provider.region:
        raise invalid("region", f"A provider of kind {provider.kind} needs its region.")


def _price_list(provider: Provider) -> str:
    return default_price_list(
        provider_id=provider.id, kind=provider.kind, base_url=provider.base_url
    )


def _columns(provider: Provider) -> dict[str, Any]:
    return {field.attname: getattr(provider, field.attname) for field in provider._meta.fields}
