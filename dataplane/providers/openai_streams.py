"""Reading OpenAI's streams: where content begins, where usage is, what an error looks like.

Chat and text completions carry usage in the last chunk (with `choices: []`), some servers in a
chunk with choices, in every chunk (cumulative), or in `x_groq`. The Responses API carries it in
its closing event. What the client did not ask for, it does not see.
"""

from typing import Any

import msgspec

from dataplane.providers import sse
from dataplane.providers.tolerance import Tolerant, Unreadable, with_tier

DONE = b"[DONE]"
RESPONSES_CLOSING = frozenset({"response.completed", "response.incomplete"})
RESPONSES_FAILURES = frozenset({"error", "response.failed"})


class _Choice(msgspec.Struct):
    delta: dict[str, Any] | None = None
    text: str | None = None
    finish_reason: Any = None


class _XGroq(msgspec.Struct):
    usage: Any = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None
    x_groq: _XGroq | None = None
    service_tier: Any = None


class _Response(msgspec.Struct):
    usage: Any = None
    service_tier: Any = None


class _ResponsesEvent(msgspec.Struct):
    type: str = ""
    delta: Any = None
    response: _Response | None = None
    error: Any = None


_decode_chunk = Tolerant(_Chunk)
_decode_response_event = Tolerant(_ResponsesEvent)


class _Reader:
    """What both kinds of stream share."""

    def __init__(self) -> None:
        self.has_content = False
        self.is_finished = False
        self.has_failed = False
        self.usage: Any = None
        self.output_bytes = 0
        self._ending = b""

    def ending(self) -> bytes:
        return self._ending


class ChatStreamReader(_Reader):
    """Chat completions and text completions."""

    def __init__(self, *, shows_usage: bool) -> None:
        super().__init__()
        self._shows_usage = shows_usage

    def read(self, event: bytes) -> bytes:
        parsed = sse.parse(event)
        if parsed.data == DONE:
            self.is_finished = self.has_content = True
            self._ending = event
            return b""
        if parsed.error or parsed.name == b"error":
            self.has_failed = True
            return _error_event(error) if (error := parsed.error or parsed.data) else event
        if not parsed.data:
            return event
        return self._read_chunk(event, parsed.data)

    def _read_chunk(self, event: bytes, data: bytes) -> bytes:
        try:
            chunk = _decode_chunk(data)
        except Unreadable:
            self.has_failed = True
            return b""
        if chunk.error is not None:
            self.has_failed = True
        for choice in chunk.choices or ():
            self._read_choice(choice)
        if chunk.x_groq is not None and chunk.x_groq.usage is not None:
            self.usage = chunk.x_groq.usage
        if chunk.usage is not None:
            self.usage = with_tier(chunk.usage, chunk.service_tier)
            if not chunk.choices and not self._shows_usage:
                return b""
        return event

    def _read_choice(self, choice: _Choice) -> None:
        for name, value in (choice.delta or {}).items():
            if value and name != "role":
                self.has_content = True
                self.output_bytes += text_bytes(value)
        if choice.text:
            self.has_content = True
            self.output_bytes += text_bytes(choice.text)
        if choice.finish_reason:
            self.is_finished = self.has_content = True


class ResponsesStreamReader(_Reader):
    """The Responses API: named events, each with its type in the data, and no end marker."""

    def read(self, event: bytes) -> bytes:
        parsed = sse.parse(event)
        if parsed.data == DONE:
            self._ending += event
            return b""
        if parsed.error:
            self.has_failed = True
            return _error_event(parsed.error)
        if not parsed.data:
            return event
        try:
            message = _decode_response_event(parsed.data)
        except Unreadable:
            self.has_failed = True
            return b""
        return self._read_message(event, message)

    def _read_message(self, event: bytes, message: _ResponsesEvent) -> bytes:
        """A failure is relayed at once, so that none has to be made up."""
        untyped = message.error is not None and not message.type
        if untyped or message.type in RESPONSES_FAILURES:
            self.has_failed = True
        if message.response is not None and message.response.usage is not None:
            self.usage = with_tier(message.response.usage, message.response.service_tier)
        if message.type.endswith(".delta"):
            self.has_content = True
            self.output_bytes += text_bytes(message.delta)
        if message.type not in RESPONSES_CLOSING:
            return event
        self.is_finished = self.has_content = True
        self._ending += event
        return b""


def _error_event(error: bytes) -> bytes:
    """An error that the server made up a form for, in the dialect's own."""
    body = error if error.lstrip().startswith(b'{"error"') else b'{"error":' + error + b"}"
    return b"data: " + body.replace(b"\n", b" ") + b"\n\n"


def text_bytes(value: Any) -> int:
    """UTF-8 bytes of the text in a delta, however it is nested."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
    if isinstance(value, dict):
        return sum(text_bytes(item) for item in value.values())
    if isinstance(value, list):
        return sum(text_bytes(item) for item in value)
    return 0
