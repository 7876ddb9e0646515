"""Streams of Claude's with what real ones have beside the answer (synthetic)."""

from collections.abc import Iterable
from typing import Any

from tests.integration.quirks.stage import compact

Json = dict[str, Any]

CLAUDE = "claude-sonnet-4-5"
PING: Json = {"type": "ping"}
USAGE = {"input_tokens": 9, "output_tokens": 4}
BLOCKS: Json = {"content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"}
"""What a whole message has and one that begins has not."""


def text(words: str) -> Json:
    return {"type": "text", "text": words}


def begun(usage: Json = USAGE) -> Json:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return {"type": "message_start", "message": message}


def ended(reason: str, *usages: Json) -> list[Json]:
    """With the usage so far, once or several times."""
    stop = {"stop_reason": reason, "stop_sequence": None}
    told = [{"type": "message_delta", "delta": stop, "usage": each} for each in usages or (USAGE,)]
    return [*told, {"type": "message_stop"}]


def block(index: int, given: Json) -> list[Json]:
    """Its beginning, its deltas, its end."""
    empty = {"text": "", "thinking": "", "signature": ""}
    start = {name: empty.get(name, value) for name, value in given.items()}
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": delta} for delta in _deltas(given)
    ]
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *deltas,
        {"type": "content_block_stop", "index": index},
    ]


def _deltas(given: Json) -> list[Json]:
    if given["type"] == "text":
        return [{"type": "text_delta", "text": letter} for letter in given["text"]]
    if given["type"] == "thinking":
        thought = {"type": "thinking_delta", "thinking": given["thinking"]}
        return [thought, {"type": "signature_delta", "signature": given["signature"]}]
    return []


def padded(events: Iterable[Json]) -> list[bytes]:
    """As Anthropic writes them: compact, with spaces behind, of which nobody knows how many."""
    return [_padded(each, index % 5, index % 3) for index, each in enumerate(events)]


def _padded(event: Json, inside: int, behind: int) -> bytes:
    data = f"{compact(event)[:-1]}{' ' * inside}}}{' ' * behind}"
    return f"event: {event['type']}\ndata: {data}\n\n".encode()
