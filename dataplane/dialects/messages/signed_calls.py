"""Signatures of single calls, which Claude has not: they travel as sealed thoughts before the call.

Gemini signs the calls of tools and wants the signatures back. Clients of Messages give back every
`redacted_thinking` block unread, so such a block carries the signature and the id of its call.
"""

import msgspec

from dataplane.dialects.encoding import encoded

PREFIX = "purser:"

_decode = msgspec.json.Decoder(tuple[str, str]).decode


def sealed(call_id: str, signature: str) -> str:
    """What stands in the block's `data`."""
    return PREFIX + encoded((call_id, signature)).decode()


def opened(data: str) -> tuple[str, str] | None:
    """A call's id and its signature; None for thoughts that a provider sealed."""
    if not data.startswith(PREFIX):
        return None
    try:
        return _decode(data.removeprefix(PREFIX))
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
