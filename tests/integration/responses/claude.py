"""What Claude answers, in Anthropic's dialect: synthetic, written from its documentation."""

import json
from typing import Any

from tests.fakes.upstream import Scripted, stream, whole

MODEL = "far/claude-sonnet-4-5"
USAGE = {
    "input_tokens": 12,
    "cache_read_input_tokens": 8,
    "cache_creation_input_tokens": 4,
    "output_tokens": 30,
}
SIGNATURE = "EqQBCgIYAhIM+/8="
THOUGHT = {"type": "thinking", "thinking": "Paris is in France.", "signature": SIGNATURE}
REDACTED = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}
WEATHER = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}}
TIME = {"type": "tool_use", "id": "toolu_2", "name": "time", "input": {}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def message(*content: dict[str, Any], stop_reason: str = "end_turn", **more: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": USAGE,
        **more,
    }


def answer(*content: dict[str, Any], stop_reason: str = "end_turn", **more: Any) -> Scripted:
    return whole(message(*content, stop_reason=stop_reason, **more))


def streamed(*content: dict[str, Any], stop_reason: str = "end_turn", **options: Any) -> Scripted:
    """The same as a stream, its texts in pieces of four characters."""
    events = _begun()
    for index, block in enumerate(content):
        events += [
            {"type": "content_block_start", "index": index, "content_block": _empty(block)},
            *({"type": "content_block_delta", "index": index, "delta": d} for d in _deltas(block)),
            {"type": "content_block_stop", "index": index},
        ]
    stop = {"stop_reason": stop_reason, "stop_sequence": None}
    events += [
        {"type": "message_delta", "delta": stop, "usage": USAGE},
        {"type": "message_stop"},
    ]
    return stream([_event(event) for event in events], **options)


def broken(*words: str, error: dict[str, Any]) -> Scripted:
    """A stream that ends in an error of Anthropic's."""
    start = {"type": "content_block_start", "index": 0, "content_block": text("")}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        for word in words
    ]
    events = [*_begun(), start, *deltas, {"type": "error", "error": error}]
    return stream([_event(event) for event in events])


def _begun() -> list[dict[str, Any]]:
    start = {**message(), "stop_reason": None, "usage": {**USAGE, "output_tokens": 1}}
    return [{"type": "message_start", "message": start}, {"type": "ping"}]


def _empty(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] == "redacted_thinking":
        return block
    empty = {"text": "", "thinking": "", "signature": "", "input": {}}
    return {name: empty.get(name, value) for name, value in block.items()}


def _deltas(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] == "text":
        return [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
    if block["type"] == "thinking":
        pieces = _pieces(block["thinking"])
        thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
        return [*thoughts, {"type": "signature_delta", "signature": block["signature"]}]
    if block["type"] == "tool_use" and block["input"]:
        pieces = _pieces(json.dumps(block["input"]))
        return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return []


def _pieces(words: str) -> list[str]:
    return [words[start : start + 4] for start in range(0, len(words), 4)]


def _event(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
