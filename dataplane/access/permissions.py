"""What a key may call. Denials come before allowances; an empty list of allowances allows all."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from dataplane.errors import NotPermitted
from dataplane.snapshot.model import Deployment, VirtualKey


def require_not_paused(key: VirtualKey, at: datetime) -> None:
    """Raises `NotPermitted` while the key is paused; it says until when, and ends by itself."""
    until = key.paused_until
    if until is not None and at < until:
        raise NotPermitted(
            "key_paused",
            f"This virtual key is paused until {until.isoformat(timespec='seconds')}.",
            facts={"paused_until": until.isoformat(timespec="seconds")},
        )


def permitted(
    key: VirtualKey, requested: str, deployments: Sequence[Deployment]
) -> list[Deployment]:
    """The deployments of a requested model that the key may call; raises if that is none."""
    by_model = [entry for entry in deployments if may_call_model(key, requested, entry)]
    if not by_model:
        raise NotPermitted(
            "model_not_allowed",
            f"This virtual key may not call the model '{requested}'.",
            param="model",
        )
    allowed = [entry for entry in by_model if may_call_provider(key, entry)]
    if not allowed:
        provider = by_model[0].provider.id
        raise NotPermitted(
            "provider_not_allowed",
            f"This virtual key may not call the provider '{provider}'.",
            param="model",
        )
    return allowed


def may_call(key: VirtualKey, requested: str, deployment: Deployment) -> bool:
    return may_call_provider(key, deployment) and may_call_model(key, requested, deployment)


def may_call_provider(key: VirtualKey, deployment: Deployment) -> bool:
    return not key.allowed_providers or deployment.provider.id in key.allowed_providers


def may_call_model(key: VirtualKey, requested: str, deployment: Deployment) -> bool:
    """By the name asked for, by `provider/model`, or by the bare model name."""
    return _may_call(key, (requested, deployment.id, deployment.name, deployment.upstream_model))


def may_call_model_named(key: VirtualKey, provider_id: str, model: str) -> bool:
    """A model of a provider that the request names in passing, as the provider calls it."""
    return _may_call(key, (model, f"{provider_id}/{model}"))


def _may_call(key: VirtualKey, names: Sequence[str]) -> bool:
    if _any_matches(key.denied_models, names):
        return False
    return not key.allowed_models or _any_matches(key.allowed_models, names)


def _any_matches(entries: Iterable[str], names: Sequence[str]) -> bool:
    return any(_matches(entry, name) for entry in entries for name in names)


def _matches(entry: str, name: str) -> bool:
    """Entries are names; one that ends in `*` is a prefix, as in `openai/*`."""
    return name.startswith(entry[:-1]) if entry.endswith("*") else name == entry
