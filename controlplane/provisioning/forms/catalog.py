"""Providers, models and prices."""

from collections.abc import Iterator

from controlplane.accounts.permissions import Resource
from controlplane.catalog.models import RATES, Model, Price, Provider, ServiceTier
from controlplane.provisioning.forms.accounts import DESCRIPTION, require_id
from controlplane.provisioning.forms.form import Entry, Field, Form, Secret
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.reading.nodes import Fields, Node
from controlplane.provisioning.shapes import each, fields, pairs_of, within
from controlplane.provisioning.sources import credential
from controlplane.provisioning.values import (
    Wrong,
    day_or_moment,
    flag,
    nullable,
    one_of,
    rate_usd,
    slug,
    text,
    text_or_none,
    time_of_day,
    whole,
)
from dataplane.contract.provider_names import KINDS

TIER_BOUND = "above_input_tokens"


def _tier(node: Node) -> dict[str, int | str]:
    """A long-context tier: a bound, and rates as decimal strings."""
    parts = {name: value for name, (_, value) in fields(node).items()}
    if TIER_BOUND not in parts:
        raise Wrong(node, f"Lacks '{TIER_BOUND}'.")
    rates = {name: value for name, value in parts.items() if name != TIER_BOUND}
    bound = within(f".{TIER_BOUND}", whole, parts[TIER_BOUND])
    return {TIER_BOUND: bound, **{n: within(f".{n}", text, value) for n, value in rates.items()}}


def _alias(node: Node) -> tuple[str, int]:
    """A name, or a name with how often its model is meant."""
    if not isinstance(node, Fields):
        return text(node), 1
    parts = {name: value for name, (_, value) in node.pairs.items()}
    if "name" not in parts or not set(parts) <= {"name", "weight"}:
        raise Wrong(node, "An alias is a text, or {name, weight}.")
    weight = within(".weight", whole, parts["weight"]) if "weight" in parts else 1
    return within(".name", text, parts["name"]), weight


def _complete_model(entry: Entry) -> Iterator[Problem]:
    """The id is `provider/name`; it and the provider follow from each other."""
    provider, upstream = entry.values.get("provider_id"), entry.values.get("upstream_model")
    if entry.id is None and provider and upstream:
        entry.id = f"{provider}/{upstream}"
        entry.places["id"] = entry.place_of("upstream_model")
    if entry.id is None:
        if "id" not in entry.places:
            message = "Needs an 'id' as provider/name, or 'provider' and 'upstream_model'."
            yield Problem(entry.place, message)
        return
    named, slash, name = entry.id.partition("/")
    if not slash or not name or (provider and provider != named):
        beginning = provider or "its provider"
        yield entry.problem("id", f"The id of a model begins with '{beginning}/'.")
    elif "provider_id" not in entry.places:
        entry.set("provider_id", named, entry.place_of("id"))


def _complete_price(entry: Entry) -> Iterator[Problem]:
    if entry.id is None and "model_id" not in entry.places:
        yield Problem(entry.place, "Needs 'model': what it is the price of.")


PROVIDERS = Form(
    section="providers",
    resource=Resource.PROVIDERS,
    model=Provider,
    fields={
        "id": Field("id", slug),
        **DESCRIPTION,
        "kind": Field("kind", one_of(KINDS)),
        "base_url": Field("base_url", text_or_none),
        "region": Field("region", text_or_none),
        "project": Field("project", text_or_none),
        "auth_header": Field("auth_header", text_or_none),
        "extra_headers": Field("extra_headers", pairs_of(text)),
        "extra_query": Field("extra_query", pairs_of(text)),
        "price_list": Field("price_list", text_or_none),
        "credential": Secret("credential", credential),
        "is_active": Field("is_active", flag),
    },
    complete=require_id,
)

MODELS = Form(
    section="models",
    resource=Resource.MODELS,
    model=Model,
    fields={
        "id": Field("id", text),
        **DESCRIPTION,
        "provider": Field("provider_id", slug),
        "upstream_model": Field("upstream_model", text),
        "aliases": Field("aliases", each(_alias)),
        "max_output_tokens": Field("max_output_tokens", nullable(whole)),
        "is_active": Field("is_active", flag),
    },
    complete=_complete_model,
)

PRICES = Form(
    section="prices",
    resource=Resource.PRICES,
    model=Price,
    fields={
        "id": Field("id", text),
        **DESCRIPTION,
        "model": Field("model_id", text),
        "valid_from": Field("valid_from", day_or_moment),
        "service_tier": Field("service_tier", one_of(ServiceTier.values)),
        "daily_from": Field("daily_from", nullable(time_of_day)),
        "daily_until": Field("daily_until", nullable(time_of_day)),
        "tiers": Field("tiers", each(_tier)),
        **{rate: Field(rate, nullable(rate_usd)) for rate in RATES},
    },
    complete=_complete_price,
)
