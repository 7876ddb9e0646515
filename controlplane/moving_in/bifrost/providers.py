"""Providers with their keys, and the models that they name."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from controlplane.moving_in.bifrost.places import Place, Places
from controlplane.moving_in.bifrost.vocabulary import KEY_LEFT, PROVIDER_LEFT
from controlplane.moving_in.catalog import Catalog, is_name, whole_weights
from controlplane.moving_in.naming import slug
from controlplane.moving_in.part import Part
from controlplane.moving_in.references import References
from controlplane.moving_in.vendors import OWN_SERVER, VENDORS, Vendor
from controlplane.provisioning.reading.nodes import Fields

ANY = "*"
DEPLOYMENTS = ("azure_key_config", "bedrock_key_config", "vertex_key_config")


class Providers:
    """`ids` are those here of each of Bifrost's providers; `by_key` that of each key."""

    def __init__(self, references: References) -> None:
        self.catalog = Catalog()
        self.ids: dict[str, list[str]] = {}
        self.by_key: dict[str, str] = {}
        self._references = references

    def add(self, name: str, config: Part) -> None:
        for field, part in config.fields():
            if field in PROVIDER_LEFT:
                part.left(PROVIDER_LEFT[field])
        vendor = self._vendor(name, config)
        if vendor is None:
            config.left("This vendor is not known here: add a provider of kind openai_compatible.")
            return
        places = Places(name, vendor, config, self._references)
        places.read()
        for place in places.found.values():
            if vendor.needs_url and not place.fields["base_url"]:
                config.wrong("Needs an address: its endpoint, or 'network_config.base_url'.")
                continue
            self._add(name, config, place, is_one_of=len(places.found))

    def _vendor(self, name: str, config: Part) -> Vendor | None:
        custom = config.get("custom_provider_config").get("base_provider_type")
        if not custom:
            return VENDORS.get(name)
        base = VENDORS.get(custom.mapped("providers.kind").text())
        # Another server that speaks OpenAI's words is not OpenAI.
        return OWN_SERVER if base is not None and base.kind == "openai" else base

    def _add(self, name: str, config: Part, place: Place, *, is_one_of: int) -> None:
        credential = _credential([(each, weight) for _, each, weight in place.keys])
        keys = [key for key, _, _ in place.keys]
        at = keys[0] if keys else config
        first = keys[0].get("name").text() if keys else ""
        own_name = name if is_one_of == 1 else f"{name}-{place.told_by or first}"
        fields = {**place.fields, "credential": credential}
        provider_id = self.catalog.provider(slug(own_name), at.node, first, fields)
        self.ids.setdefault(name, []).append(provider_id)
        for key, _, weight in place.keys:
            for part in (key.get("name"), key.get("id")):
                part.mapped("virtual_keys.allowed_providers")
                self.by_key[part.text()] = provider_id
            self._models(name, provider_id, key, weight)

    def _models(self, name: str, provider_id: str, key: Part, weight: Decimal) -> None:
        listed = key.get("models")
        listed.approximated("every credential of a provider serves each of its models")
        names = {model: model for model in listed.texts() if model != ANY}
        for part in listed.items():
            if part.text() == ANY:
                part.mapped("models of the price list are known")
        for names_of in [
            key.get("aliases"),
            *(key.get(it).get("deployments") for it in DEPLOYMENTS),
        ]:
            names |= _deployments(names_of)
        for model, upstream in names.items():
            if not is_name(f"{provider_id}/{model}"):
                listed.left("Has characters that names here cannot have.")
                continue
            row = self.catalog.model(provider_id, upstream, key.node, model)
            if provider_id != name:
                alias = f"{name}/{model}"
                row.aliases[alias] = row.aliases.get(alias, Decimal(0)) + weight
        for field, part in key.fields():
            if field in KEY_LEFT:
                part.left(KEY_LEFT[field])


def _deployments(part: Part) -> dict[str, str]:
    """What services ask for, and how the provider calls it."""
    found = {}
    for name, value in part.fields():
        target = value.get("model_id") if isinstance(value.node, Fields) else value
        if target.text():
            found[name] = target.mapped("models.upstream_model").text()
    return found


def _credential(keys: Sequence[tuple[dict[str, Any], Decimal]]) -> dict[str, Any] | None:
    if len(keys) < 2:
        return keys[0][0] if keys else None
    weights = whole_weights({str(n): weight for n, (_, weight) in enumerate(keys)})
    return {
        "credentials": [{**each, "weight": weights[str(n)]} for n, (each, _) in enumerate(keys)]
    }
