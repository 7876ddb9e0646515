"""A stream of Claude's, read into events.

https://platform.claude.com/docs/en/build-with-claude/streaming: blocks come one after the other,
each begun, continued and ended under its index; unknown events are to be passed over.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from dataplane.conversation.answer import (
    CitationDelta,
    Ended,
    Event,
    Failed,
    ReasoningDelta,
    Started,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    UsageReported,
)
from dataplane.providers import sse
from dataplane.providers.anthropic.answers import USAGE_DIALECT
from dataplane.providers.anthropic.stops import details_of, stop_of, text_of
from dataplane.providers.anthropic.usage import merged
from dataplane.providers.tolerance import Tolerant, Unreadable, as_json, tokens_reported

NO_ARGUMENTS = "{}"


class _Part(msgspec.Struct):
    """A block as it begins, or more of one; those of unknown types may hold anything."""

    type: Any = None
    text: Any = None
    thinking: Any = None
    signature: Any = None
    data: Any = None
    id: Any = None
    name: Any = None
    input: Any = None
    partial_json: Any = None
    citation: Any = None
    stop_reason: Any = None
    stop_sequence: Any = None
    stop_details: Any = None


class _Message(msgspec.Struct):
    id: str = ""
    model: str = ""
    usage: Any = None


class _Error(msgspec.Struct):
    type: Any = None
    message: Any = None


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    message: _Message | None = None
    content_block: _Part | None = None
    delta: _Part | None = None
    usage: Any = None
    error: _Error | None = None


_decode_event = Tolerant(_Event)


class MessagesEventReader:
    """Reads one stream. Only calls of the client's tools are numbered: others are not told."""

    def __init__(self) -> None:
        self._usage: Any = None
        self._calls = 0
        self._call_of: dict[int, int] = {}
        """The numbers of the calls whose blocks are open, by index."""
        self._has_arguments = False
        self._readers: dict[str, Callable[[_Event], list[Event]]] = {
            "message_start": self._start,
            "content_block_start": self._begin,
            "content_block_delta": self._continue,
            "content_block_stop": self._end,
            "message_delta": self._stop,
            "message_stop": lambda event: [Ended()],
            "error": self._fail,
        }

    def read(self, raw: bytes) -> list[Event]:
        data = sse.parse(raw).data
        if not data:
            return []
        try:
            event = _decode_event(data)
        except Unreadable:
            return [Failed("The stream holds what is none of its events.")]
        reader = self._readers.get(event.type)
        return reader(event) if reader is not None else []

    def _start(self, event: _Event) -> list[Event]:
        message = event.message or _Message()
        self._usage = message.usage
        tokens = tokens_reported(USAGE_DIALECT, message.usage)
        return [Started(message.id, message.model, tokens)]

    def _begin(self, event: _Event) -> list[Event]:
        """Most blocks begin empty."""
        block = event.content_block or _Part()
        if block.type == "tool_use":
            return self._begin_call(event.index, block)
        if block.type == "redacted_thinking":
            return [ReasoningDelta(redacted=text_of(block.data))]
        if block.type == "thinking" and (block.thinking or block.signature):
            thoughts, signature = text_of(block.thinking), text_of(block.signature)
            return [ReasoningDelta(thoughts or "", signature or None)]
        if block.type == "text" and (text := text_of(block.text)):
            return [TextDelta(text)]
        return []

    def _begin_call(self, index: int, block: _Part) -> list[Event]:
        number = self._call_of[index] = self._calls
        self._calls += 1
        self._has_arguments = bool(block.input)
        call_id, name = text_of(block.id) or "", text_of(block.name) or ""
        events: list[Event] = [ToolCallStarted(number, call_id, name)]
        if block.input:
            events.append(ToolCallDelta(number, as_json(block.input)))
        return events

    def _continue(self, event: _Event) -> list[Event]:
        delta = event.delta or _Part()
        if delta.type == "text_delta":
            return [TextDelta(text)] if (text := text_of(delta.text)) else []
        if delta.type == "input_json_delta":
            return self._continue_call(event.index, text_of(delta.partial_json) or "")
        if delta.type == "thinking_delta":
            return [ReasoningDelta(text_of(delta.thinking) or "")]
        if delta.type == "signature_delta":
            return [ReasoningDelta(signature=text_of(delta.signature))]
        return [CitationDelta(delta.citation)] if delta.type == "citations_delta" else []

    def _continue_call(self, index: int, arguments: str) -> list[Event]:
        number = self._call_of.get(index)
        if number is None or not arguments:
            return []
        self._has_arguments = True
        return [ToolCallDelta(number, arguments)]

    def _end(self, event: _Event) -> list[Event]:
        """A call without arguments has none in its stream, where others expect an object."""
        number = self._call_of.pop(event.index, None)
        if number is None or self._has_arguments:
            return []
        return [ToolCallDelta(number, NO_ARGUMENTS)]

    def _stop(self, event: _Event) -> list[Event]:
        events: list[Event] = []
        delta = event.delta or _Part()
        if delta.stop_reason is not None:
            stop, sequence = stop_of(delta.stop_reason), text_of(delta.stop_sequence)
            events.append(Stopped(stop, sequence, details_of(delta.stop_details)))
        if event.usage is not None:
            self._usage = merged(self._usage, event.usage)
            tokens = tokens_reported(USAGE_DIALECT, self._usage)
            events.append(UsageReported(tokens, self._usage))
        return events

    def _fail(self, event: _Event) -> list[Event]:
        error = event.error or _Error()
        return [Failed(text_of(error.message) or "", text_of(error.type))]
