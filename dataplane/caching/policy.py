"""What a key and a request's headers want of the cache."""

from collections.abc import Mapping
from dataclasses import dataclass

from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import CacheRules

CACHE_HEADER = b"x-purser-cache"
NAMESPACE_HEADER = b"x-purser-cache-namespace"
THRESHOLD_HEADER = b"x-purser-cache-threshold"
UNCLEAR = -1.0
NAMESPACE_BYTES_MAX = 800
ELIGIBLE = frozenset(
    {
        Endpoint.CHAT_COMPLETIONS,
        Endpoint.COMPLETIONS,
        Endpoint.RESPONSES,
        Endpoint.MESSAGES,
        Endpoint.EMBEDDINGS,
    }
)
# What hangs on more than the request says: turns that the provider keeps, answers that come later.
_STATEFUL = ("previous_response_id", "conversation", "background", "prompt", "container")
_NOTHING = (b"null", b"false")


@dataclass(frozen=True, slots=True)
class Wish:
    """What may be done for one request."""

    reads: bool
    namespace: str
    ttl_seconds: int
    is_semantic: bool
    threshold: float | None


def wish_of(call: GatewayRequest, rules: CacheRules) -> Wish | None:
    """None where the cache is to keep out of it: asked to, or unable to tell what is meant."""
    asked = call.headers.get(CACHE_HEADER, b"on").strip().lower()
    if asked not in (b"on", b"refresh") or call.endpoint not in ELIGIBLE or _is_stateful(call):
        return None
    namespace = _namespace(call.headers, rules)
    if namespace is None:
        return None
    threshold = _threshold(call.headers, rules)
    is_semantic = rules.is_semantic and threshold != UNCLEAR
    return Wish(asked == b"on", namespace, rules.ttl_seconds, is_semantic, threshold)


def _threshold(headers: Mapping[bytes, bytes], rules: CacheRules) -> float | None:
    """The request's, else the key's. `UNCLEAR` for one that is no share."""
    if (own := headers.get(THRESHOLD_HEADER)) is None:
        return rules.threshold
    try:
        threshold = float(own)
    except ValueError:
        return UNCLEAR
    return threshold if 0.0 < threshold <= 1.0 else UNCLEAR


def _is_stateful(call: GatewayRequest) -> bool:
    if call.endpoint is Endpoint.COMPLETIONS:  # whose `prompt` is its text
        return False
    return any(bytes(call.fields.get(name, b"null")) not in _NOTHING for name in _STATEFUL)


def _namespace(headers: Mapping[bytes, bytes], rules: CacheRules) -> str | None:
    """The request's, within the key's. None for one that is too long to be meant."""
    own = headers.get(NAMESPACE_HEADER)
    if own is None:
        return rules.namespace
    if len(own) > NAMESPACE_BYTES_MAX:
        return None
    text = own.decode("utf-8", "replace").replace("\x00", "")
    return f"{rules.namespace}/{text}" if rules.namespace else text
