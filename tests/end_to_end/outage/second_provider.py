"""The provider that answers meanwhile, in Anthropic's dialect."""

import json
from typing import Any

from tests.fakes.upstream import Asked, Scripted, stream, whole


def event(type: str, **fields: Any) -> bytes:
    return f"event: {type}\ndata: {json.dumps({'type': type, **fields})}\n\n".encode()


def claude(asked: Asked) -> Scripted:
    """The second provider, in Anthropic's dialect."""
    usage = {"input_tokens": 9, "output_tokens": 3}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "Hello there"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    if not asked.json.get("stream"):
        return whole(message)
    delta = {"type": "text_delta", "text": "Hello there"}
    begun = {**message, "content": [], "stop_reason": None}
    return stream(
        [
            event("message_start", message=begun),
            event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
            event("content_block_delta", index=0, delta=delta),
            event("content_block_stop", index=0),
            event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage),
            event("message_stop"),
        ]
    )
