"""Providers, models and prices that a peer's deployments come to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from controlplane.catalog.models import WEIGHT_MAX
from controlplane.catalog.validators import validate_model_name
from controlplane.moving_in.naming import slug, told_apart
from controlplane.moving_in.wanted import Wanted
from controlplane.provisioning.reading.nodes import Node

HOST = re.compile(r"https?://([A-Za-z0-9-]+)")


@dataclass(slots=True)
class WantedModel:
    """A model at a provider; `aliases` with the share of the traffic that each weighs."""

    id: str
    upstream_model: str
    at: Node
    aliases: dict[str, Decimal] = field(default_factory=dict)
    max_output_tokens: int | None = None
    rates: dict[str, Decimal] = field(default_factory=dict)


class Catalog:
    """Deployments of one vendor, place and credential are one provider."""

    def __init__(self) -> None:
        self.models: dict[str, WantedModel] = {}
        self._providers: dict[str, tuple[Node, dict[str, Any]]] = {}
        self._ids: dict[str, str] = {}

    def provider(self, name: str, at: Node, told_by: str, fields: Mapping[str, Any]) -> str:
        """Its id: the vendor's name for the first, and `told_by` after it for the others."""
        identity = repr((name, sorted(fields.items())))
        if identity not in self._ids:
            self._ids[identity] = self._new_id(slug(name), told_by, identity)
            self._providers[self._ids[identity]] = (at, dict(fields))
        return self._ids[identity]

    def _new_id(self, name: str, told_by: str, identity: str) -> str:
        if name not in self._providers:
            return name
        other = slug(f"{name}-{told_by}") if told_by else name
        return told_apart(name, identity) if other in self._providers else other

    def model(self, provider_id: str, upstream_model: str, at: Node, name: str = "") -> WantedModel:
        model_id = f"{provider_id}/{name or upstream_model}"
        return self.models.setdefault(model_id, WantedModel(model_id, upstream_model, at))

    def write(self, wanted: Wanted) -> None:
        for provider_id, (at, fields) in self._providers.items():
            wanted.add("providers", at, id=provider_id, **fields)
        weights = self._weights()
        for model in self.models.values():
            aliases = [
                {"name": name, "weight": weights[name][model.id]}
                for name in model.aliases
                if name not in self.models
            ]
            wanted.add(
                "models",
                model.at,
                id=model.id,
                upstream_model=model.upstream_model,
                aliases=aliases,
                max_output_tokens=model.max_output_tokens,
            )
            if model.rates:
                wanted.add("prices", model.at, model=model.id, **model.rates)

    def _weights(self) -> dict[str, dict[str, int]]:
        shares: dict[str, dict[str, Decimal]] = {}
        for model in self.models.values():
            for name, share in model.aliases.items():
                shares.setdefault(name, {})[model.id] = share
        return {name: whole_weights(each) for name, each in shares.items()}


def whole_weights(shares: Mapping[str, Decimal]) -> dict[str, int]:
    """Shares as weights from 1 to 100: as they are, if they are that; else in proportion."""
    if all(1 <= share <= WEIGHT_MAX and share == int(share) for share in shares.values()):
        return {name: int(share) for name, share in shares.items()}
    most = max(shares.values())
    if most == min(shares.values()):
        return dict.fromkeys(shares, 1)
    return {name: max(1, round(share / most * WEIGHT_MAX)) for name, share in shares.items()}


def is_name(name: str) -> bool:
    """Whether services can ask for a model by it here."""
    try:
        validate_model_name(name)
    except ValidationError:
        return False
    return True


def host_of(url: str) -> str:
    """The first label of an address, which tells resources apart."""
    match = HOST.match(url)
    return match[1] if match else ""


def sorted_once(names: Sequence[str]) -> list[str]:
    """Each once, in the order in which they come."""
    return list(dict.fromkeys(names))
