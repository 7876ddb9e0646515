"""What OpenAI answers, in its own dialect: synthetic, written from its documentation."""

import json
from typing import Any

from tests.fakes.upstream import Scripted, stream, whole

MODEL = "far/gpt-4o"
USAGE = {
    "prompt_tokens": 24,
    "completion_tokens": 30,
    "total_tokens": 54,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
WEATHER = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city":"Paris"}'},
}
TIME = {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": "{}"}}


def answer(finish_reason: str = "stop", **message: Any) -> Scripted:
    said = {"role": "assistant", "content": None, "refusal": None, **message}
    choice = {"index": 0, "message": said, "finish_reason": finish_reason}
    return whole({"id": "chatcmpl-1", "model": "gpt-4o-1", "choices": [choice], "usage": USAGE})


def streamed(*deltas: dict[str, Any], finish_reason: str = "stop", **options: Any) -> Scripted:
    chunks = [
        _chunk({"role": "assistant", "content": ""}),
        *map(_chunk, deltas),
        _chunk({}, finish_reason),
        {"id": "chatcmpl-1", "model": "gpt-4o-1", "choices": [], "usage": USAGE},
    ]
    return stream([*map(_event, chunks), b"data: [DONE]\n\n"], **options)


def broken(*deltas: dict[str, Any], error: bytes) -> Scripted:
    """A stream that ends in an event of an error, or whatever the bytes are."""
    return stream([*map(_event, map(_chunk, deltas)), error])


def called(index: int, call: dict[str, Any]) -> list[dict[str, Any]]:
    """A call in two pieces."""
    function = {"name": call["function"]["name"], "arguments": ""}
    first = {**call, "index": index, "function": function}
    rest = {"index": index, "function": {"arguments": call["function"]["arguments"]}}
    return [{"tool_calls": [first]}, {"tool_calls": [rest]}]


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "model": "gpt-4o-1", "choices": [choice]}


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
