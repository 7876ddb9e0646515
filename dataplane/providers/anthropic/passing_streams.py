"""Reading Anthropic's streams as they pass: where content begins, usage, errors, the end.

https://platform.claude.com/docs/en/build-with-claude/streaming. Of the usage at the start only the
input is final, so none is told before the end has told it: a stream that breaks off is estimated.
"""

from typing import Any

import msgspec

from dataplane.providers import sse
from dataplane.providers.anthropic.usage import merged
from dataplane.providers.tolerance import Tolerant, Unreadable

MESSAGE_STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
# Blocks that begin empty; all others hold something when they begin.
BEGIN_EMPTY = ("text", "thinking")
GENERATED = ("text", "thinking", "partial_json")


class _Message(msgspec.Struct):
    usage: Any = None


class _Event(msgspec.Struct):
    type: str = ""
    message: _Message | None = None
    content_block: dict[str, Any] | None = None
    delta: dict[str, Any] | None = None
    usage: Any = None


_decode_event = Tolerant(_Event)


class MessagesStreamReader:
    """One stream. Its `message_stop` is held back until the call is booked."""

    def __init__(self) -> None:
        self.has_content = False
        self.is_finished = False
        self.has_failed = False
        self.usage: Any = None
        self.output_bytes = 0
        self._usage_begun: Any = None
        self._ending = b""

    def read(self, event: bytes) -> bytes:
        data = sse.parse(event).data
        if not data:
            return event
        try:
            parsed = _decode_event(data)
        except Unreadable:
            self.has_failed = True
            return b""
        if parsed.type == "message_stop":
            self.is_finished = self.has_content = True
            self._ending = event
            return b""
        self._take(parsed)
        return event

    def ending(self) -> bytes:
        """Made up where the connection ended after everything but it had been said."""
        return self._ending or (MESSAGE_STOP if self.is_finished else b"")

    def _take(self, event: _Event) -> None:
        if event.type == "content_block_delta":
            self.has_content = True
            self.output_bytes += _generated_bytes(event.delta or {})
        elif event.type == "content_block_start":
            self.has_content |= (event.content_block or {}).get("type") not in BEGIN_EMPTY
        elif event.type == "message_start":
            self._usage_begun = event.message.usage if event.message else None
        elif event.type == "message_delta":
            self.usage = merged(self.usage or self._usage_begun, event.usage)
            if (event.delta or {}).get("stop_reason") is not None:
                self.is_finished = self.has_content = True
        elif event.type == "error":
            self.has_failed = True


def _generated_bytes(delta: dict[str, Any]) -> int:
    """UTF-8 bytes of what the model wrote; signatures and citations are not written by it."""
    for name in GENERATED:
        if isinstance(text := delta.get(name), str):
            return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return 0
