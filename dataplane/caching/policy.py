"""What a key and a request's headers want of the cache."""

from collections.abc import Mapping
from dataclasses import dataclass

from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import CacheRules

CACHE_HEADER = b"x-purser-cache"
NAMESPACE_HEADER = b"x-purser-cache-namespace"
THRESHOLD_HEADER = b"x-purser-cache-threshold"
TTL_HEADER = b"x-purser-cache-ttl-seconds"
EXPLAIN_HEADER = b"x-purser-cache-explain"
TTL_SECONDS_MAX = 366 * 24 * 60 * 60
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
_YES = (b"on", b"true", b"1", b"yes")


@dataclass(frozen=True, slots=True)
class Wish:
    """What may be done for one request."""

    reads: bool
    namespace: str
    ttl_seconds: int
    is_semantic: bool
    threshold: float | None
    explains: bool
    """The client wants to know why it hit or missed."""


def wish_of(call: GatewayRequest, rules: CacheRules) -> Wish | None:
    """None where the cache is to keep out of it: asked to, or unable to tell what is meant."""
    asked = call.headers.get(CACHE_HEADER, b"").strip().lower()
    if asked not in (b"", b"on", b"refresh") or _is_stateful(call):
        return None
    if not _is_eligible(call.endpoint, rules, is_asked_for=bool(asked)):
        return None
    namespace, ttl_seconds = _namespace(call.headers, rules), _ttl_seconds(call.headers, rules)
    if namespace is None or ttl_seconds is None:
        return None
    threshold = _threshold(call.headers, rules)
    is_semantic = rules.is_semantic and threshold != UNCLEAR
    explains = call.headers.get(EXPLAIN_HEADER, b"").strip().lower() in _YES
    return Wish(asked != b"refresh", namespace, ttl_seconds, is_semantic, threshold, explains)


def _is_eligible(endpoint: Endpoint, rules: CacheRules, *, is_asked_for: bool) -> bool:
    """Where the key names others, a request may still ask for it."""
    if endpoint not in ELIGIBLE:
        return False
    return is_asked_for or not rules.endpoints or endpoint.value in rules.endpoints


def _ttl_seconds(headers: Mapping[bytes, bytes], rules: CacheRules) -> int | None:
    """The request's, else the key's. None for one that is none."""
    if (own := headers.get(TTL_HEADER)) is None:
        return rules.ttl_seconds
    text = own.strip()
    if not text.isdigit() or len(text) > 9 or not 0 < int(text) <= TTL_SECONDS_MAX:
        return None
    return int(text)


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
