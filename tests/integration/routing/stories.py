"""A story, told in streams of OpenAI's dialect and of Anthropic's, as they are documented."""

import json
from typing import Any

from tests.fakes.upstream import Scripted, stream
from tests.far_and_near import CHUNKS

QUESTION: list[Any] = [{"role": "user", "content": "Tell me a story"}]

HEAD = {"id": "chatcmpl-far", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}


def chunk(text: str, **head: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + json.dumps({**HEAD, **head, "choices": [choice]}).encode() + b"\n\n"


def chat(*texts: str, **head: Any) -> list[bytes]:
    """A whole stream of OpenAI's."""
    return [*(chunk(text, **head) for text in texts), *CHUNKS[2:]]


def claude_event(type: str, **fields: Any) -> bytes:
    data = json.dumps({"type": type, **fields})
    return f"event: {type}\ndata: {data}\n\n".encode()


def claude_delta(text: str) -> bytes:
    delta = {"type": "text_delta", "text": text}
    return claude_event("content_block_delta", index=0, delta=delta)


CLAUDE_BEGINS = [
    claude_event(
        "message_start",
        message={
            "id": "msg_far",
            "type": "message",
            "role": "assistant",
            "model": "claude",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 1},
        },
    ),
    claude_event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
]
CLAUDE_ENDS = [
    claude_event("content_block_stop", index=0),
    claude_event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}),
    claude_event("message_stop"),
]


def claude(*texts: str) -> list[bytes]:
    """A whole stream of Anthropic's."""
    return [*CLAUDE_BEGINS, *(claude_delta(text) for text in texts), *CLAUDE_ENDS]


def broken(pieces: list[bytes]) -> Scripted:
    return stream(pieces, breaks_off=True)


def words(chunks: list[Any]) -> str:
    return "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
