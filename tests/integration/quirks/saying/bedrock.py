"""Frames and answers of Converse, which say `Hello` (synthetic)."""

from typing import Any

from tests.event_streams import event
from tests.fakes.upstream import Scripted, whole

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "amazon.nova-lite-v1:0"
USAGE = {"inputTokens": 9, "outputTokens": 4, "totalTokens": 13}
Json = dict[str, Any]


def text(words: str, index: int = 0) -> bytes:
    """Padded against eavesdroppers, as all payloads are."""
    delta = {"contentBlockIndex": index, "delta": {"text": words}, "p": "abcdefghijklmnop"}
    return event("contentBlockDelta", delta)


def metadata(usage: Json = USAGE, **fields: Any) -> bytes:
    return event("metadata", {"usage": usage, "metrics": {"latencyMs": 5}, "p": "abc", **fields})


def stop(reason: str = "end_turn") -> bytes:
    return event("messageStop", {"stopReason": reason, "p": "abcd"})


BEGUN = event("messageStart", {"role": "assistant", "p": "abcdef"})
CLOSED = event("contentBlockStop", {"contentBlockIndex": 0, "p": "ab"})
HELLO_SAID = [BEGUN, text("Hel"), text("lo"), CLOSED, stop()]


def answer(*content: Json, stop: str = "end_turn", usage: Json = USAGE) -> Scripted:
    message = {"role": "assistant", "content": list(content)}
    body = {"output": {"message": message}, "stopReason": stop, "usage": usage}
    return whole({**body, "metrics": {"latencyMs": 5}})
