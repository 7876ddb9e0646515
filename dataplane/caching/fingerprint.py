"""What tells two requests apart: a digest of all that changes the answer, and of nothing else.

It is taken over the body as JSON says it, whatever its order, white space and escapes, with the
customer, the namespace, the endpoint and the models that the name stands for today.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dataplane.request import GatewayRequest

# How it is answered, whom it is filed under, and what it costs: not what is answered.
INDIFFERENT = frozenset(
    {
        "stream",
        "stream_options",
        "metadata",
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "service_tier",
        "store",
    }
)
# Switches of an API's behaviour that come as headers.
TELLING_HEADERS = (b"anthropic-version", b"anthropic-beta", b"openai-beta")

_decode = msgspec.json.decode
_encode = msgspec.json.Encoder(order="sorted").encode

NOTHING: Mapping[str, msgspec.Raw] = {}
Fingerprint = bytes
"""32 bytes."""


def fingerprint(
    call: GatewayRequest,
    *,
    customer: str,
    namespace: str,
    models: Iterable[str],
    replaced: Mapping[str, msgspec.Raw] = NOTHING,
) -> Fingerprint | None:
    """None for a body that cannot be read to its end. `replaced` fields are read instead."""
    try:
        fields = {
            name: _number(value)
            for name, raw in {**call.fields, **replaced}.items()
            if name not in INDIFFERENT and (value := _decode(raw)) is not None
        }
        headers = [call.headers.get(name, b"").decode("latin-1") for name in TELLING_HEADERS]
        scope = [customer, namespace, call.endpoint.value, sorted(set(models)), headers]
        return hashlib.blake2b(_encode([scope, fields]), digest_size=32).digest()
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError, OverflowError):
        return None


def _number(value: Any) -> Any:
    """`1.0` and `1` ask for the same."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
