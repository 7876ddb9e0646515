"""The lists of a key's policy: providers, models, fallbacks."""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from controlplane.fields import SLUG_LENGTH_MAX, slug_validator

ENTRIES_MAX = 1000
FALLBACKS_MAX = 20
MODEL_LENGTH_MAX = 300
MODEL = re.compile(r"[A-Za-z0-9@~][A-Za-z0-9@~._:/+=,()-]*")
CACHE_ENDPOINTS = ("chat/completions", "completions", "responses", "messages", "embeddings")
MODEL_RULE = "A model is a name, an alias or 'provider/model', without spaces"


def validate_providers(value: Any) -> None:
    """Provider ids, each once. They need not exist yet."""
    _validate_entries(value, _is_provider, "A provider is named by its id.")


def validate_models(value: Any) -> None:
    """`provider/model`, alias or bare name; one that ends in `*` means every name it begins."""
    _validate_entries(value, _is_pattern, f"{MODEL_RULE}; it may end in '*'.")


def validate_fallbacks(value: Any) -> None:
    """`{provider, model}` in the order they are tried."""
    if not isinstance(value, list) or len(value) > FALLBACKS_MAX:
        raise ValidationError(f"Fallbacks are a list of at most {FALLBACKS_MAX}.")
    for entry in value:
        if not isinstance(entry, dict) or set(entry) != {"provider", "model"}:
            raise ValidationError("A fallback is an object with 'provider' and 'model'.")
        if not _is_provider(entry["provider"]) or not is_model(entry["model"]):
            raise ValidationError("A fallback names a provider by its id, and a model there.")
    if len({(entry["provider"], entry["model"]) for entry in value}) != len(value):
        raise ValidationError("A fallback is listed twice.")


def validate_cache_endpoints(value: Any) -> None:
    """Paths below `/v1/`, each once."""
    _validate_entries(value, CACHE_ENDPOINTS.__contains__, f"One of: {', '.join(CACHE_ENDPOINTS)}.")


def validate_embedder(value: str) -> None:
    """One model at one provider: vectors of two have nothing to do with each other."""
    if not is_model(value) or "/" not in value:
        raise ValidationError("A model is named as 'provider/model' here.")


def is_model(value: Any) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= MODEL_LENGTH_MAX
        and MODEL.fullmatch(value) is not None
    )


def _is_pattern(value: Any) -> bool:
    return value == "*" or (isinstance(value, str) and is_model(value.removesuffix("*")))


def _is_provider(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > SLUG_LENGTH_MAX:
        return False
    return re.match(slug_validator.regex, value) is not None


def _validate_entries(value: Any, is_entry: Callable[[Any], bool], rule: str) -> None:
    if not isinstance(value, list) or len(value) > ENTRIES_MAX:
        raise ValidationError(f"A list of at most {ENTRIES_MAX} entries.")
    if not all(is_entry(entry) for entry in value):
        raise ValidationError(rule)
    if len(set(value)) != len(value):
        raise ValidationError("An entry is listed twice.")
