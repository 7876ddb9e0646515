"""What a provider wants back with its thoughts, as the `encrypted_content` of a reasoning item.

Clients hold it for us between two turns and need not understand it. It is the word `purser:` and
JSON: a signature, or thoughts that only the provider can read, or the signatures of tool calls by
their ids (Gemini's). The words of the thoughts are not in it; they are in the item's summary.
"""

from typing import Any

import msgspec

from dataplane.dialects.faults import invalid, unsupported
from dataplane.dialects.responses.encoding import encode

PREFIX = "purser:"
MARK = b'"purser:'
"""Where it is not in a request, there is no such content."""
OF_OPENAI = "gAAAA"
"""How the content begins that OpenAI encrypted itself (a Fernet token)."""


class Proof(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What one reasoning item carries beside its words."""

    signature: str | None = None
    redacted: str | None = None
    calls: dict[str, str] = {}


_decode = msgspec.json.Decoder(Proof).decode
NOTHING = Proof()


def sealed(proof: Proof) -> str | None:
    """None where there is nothing to carry."""
    if proof == NOTHING:
        return None
    return PREFIX + encode(msgspec.to_builtins(proof)).decode()


def opened(content: str, path: str) -> Proof:
    """Raises `InvalidRequest` for what was ours and is damaged, `Unsupported` for what another
    provider encrypted: only it could read it."""
    if not content.startswith(PREFIX):
        raise unsupported(path, "it is not what an answer of this gateway carried")
    try:
        return _decode(content.removeprefix(PREFIX).encode())
    except (msgspec.DecodeError, UnicodeError) as error:
        raise invalid(path, "given back as the answer had it") from error


def is_openais(content: str) -> bool:
    return content.startswith(OF_OPENAI)


def left_out(items: bytes) -> bytes:
    """The items of a request without the reasoning that carries such content.

    What is no list of items is left to the provider to refuse.
    """
    try:
        found = msgspec.json.decode(items)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return items
    if not isinstance(found, list):
        return items
    return msgspec.json.encode([item for item in found if not _is_carrier(item)])


def _is_carrier(item: Any) -> bool:
    if not isinstance(item, dict) or item.get("type") != "reasoning":
        return False
    content = item.get("encrypted_content")
    return isinstance(content, str) and content.startswith(PREFIX)
