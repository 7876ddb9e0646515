"""Models that a request names beside the one it asks for: an advisor, a provider's own fallbacks.

They answer and are billed like any other, so a key that is held to some models is held to them
here, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from dataplane.access.permissions import may_call_model_named
from dataplane.errors import NotPermitted
from dataplane.snapshot.model import Deployment, VirtualKey

Fields = Mapping[str, msgspec.Raw]

# Anthropic's models that are asked where the first declines, and OpenRouter's.
LISTS = ("fallbacks", "models")
TOOLS = "tools"
NAMING = frozenset({*LISTS, TOOLS})
MODEL = "model"

_decode = msgspec.json.Decoder().decode


def require_others(key: VirtualKey, fields: Fields, asked_for: Sequence[Deployment]) -> None:
    """Raises `NotPermitted` for a model that the key may not call at any of their providers."""
    if not (key.allowed_models or key.denied_models) or NAMING.isdisjoint(fields):
        return
    provider_ids = {deployment.provider.id for deployment in asked_for}
    for param, model in _others(fields):
        if not any(may_call_model_named(key, each, model) for each in provider_ids):
            raise NotPermitted(
                "model_not_allowed",
                f"This virtual key may not call the model '{model}', which '{param}' names.",
                param=param,
            )


def _others(fields: Fields) -> Iterator[tuple[str, str]]:
    """Each model, and the field that names it."""
    for name in LISTS:
        for entry in _entries(fields, name):
            model = entry.get(MODEL) if isinstance(entry, dict) else entry
            if isinstance(model, str):
                yield name, model
    for place, tool in enumerate(_entries(fields, TOOLS)):
        if isinstance(tool, dict) and isinstance(model := tool.get(MODEL), str):
            yield f"{TOOLS}[{place}].{MODEL}", model


def _entries(fields: Fields, name: str) -> list[Any]:
    """What cannot be read is the provider's to refuse."""
    if name not in fields:
        return []
    try:
        value = _decode(fields[name])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return value if isinstance(value, list) else [value]
