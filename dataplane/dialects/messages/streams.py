"""Streams: a message that begins, blocks one after the other, and how it ended.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from collections.abc import Callable
from typing import Any

from billing.tokens import NO_TOKENS
from dataplane.conversation.answer import (
    CitationDelta,
    Event,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    UsageReported,
)
from dataplane.dialects.encoding import encoded
from dataplane.dialects.messages.answers import (
    begun_message,
    call_id_of,
    stopped,
    usage_object,
)
from dataplane.dialects.messages.blocks import Blocks
from dataplane.dialects.messages.calls import Calls
from dataplane.request import GatewayRequest

MESSAGE_STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
FIRST = 0
# Before them a message need not have begun.
OF_THE_WHOLE = (Started, UsageReported)


class MessagesStreamWriter:
    """Writes one stream. How the message ended goes out last, with all that was used for it."""

    def __init__(self, call: GatewayRequest) -> None:
        self._call = call
        self._is_begun = False
        self._blocks = Blocks()
        self._calls = Calls(self._blocks)
        self._tokens = NO_TOKENS
        self._end = stopped(Stop.END, None, {})
        self._writers: dict[type, Callable[[Any], bytes]] = {
            Started: self._start,
            TextDelta: self._write_text,
            RefusalDelta: self._write_text,
            ReasoningDelta: self._write_thoughts,
            CitationDelta: self._cite,
            ToolCallStarted: self._start_call,
            ToolCallDelta: lambda event: self._calls.go_on(event.index, event.arguments),
            Stopped: self._stop,
            UsageReported: self._use,
        }

    def write(self, event: Event) -> bytes:
        """Claude gives one answer, so there is no choice but the first."""
        writer = self._writers.get(type(event))
        if writer is None or getattr(event, "choice", FIRST) != FIRST:
            return b""
        if self._is_begun or isinstance(event, OF_THE_WHOLE):
            return writer(event)
        return self._start(Started("", "")) + writer(event)

    def ending(self) -> bytes:
        start = b"" if self._is_begun else self._start(Started("", ""))
        usage = usage_object(self._tokens)
        delta = encoded({"type": "message_delta", "delta": self._end, "usage": usage})
        end = b"event: message_delta\ndata: " + delta + b"\n\n" + MESSAGE_STOP
        return start + self._close() + end

    def _start(self, event: Started) -> bytes:
        if self._is_begun:
            return b""
        self._is_begun = True
        message = begun_message(self._call, event.id, event.model)
        message["usage"] = usage_object(event.tokens or self._tokens)
        data = encoded({"type": "message_start", "message": message})
        return b"event: message_start\ndata: " + data + b"\n\n"

    def _use(self, event: UsageReported) -> bytes:
        self._tokens = event.tokens
        return b""

    def _stop(self, event: Stopped) -> bytes:
        self._end = stopped(event.stop, event.stop_sequence, event.details)
        return self._close()

    def _close(self) -> bytes:
        return self._calls.end() + self._blocks.close()

    def _write_text(self, event: TextDelta | RefusalDelta) -> bytes:
        if not event.text:
            return b""
        began = self._calls.end() + self._blocks.switch("text", text="")
        return began + self._blocks.delta(b"text_delta", b"text", event.text)

    def _cite(self, event: CitationDelta) -> bytes:
        began = self._calls.end() + self._blocks.switch("text", text="")
        return began + self._blocks.delta(b"citations_delta", b"citation", event.citation)

    def _write_thoughts(self, event: ReasoningDelta) -> bytes:
        """Their proof ends a block of thoughts; sealed ones come whole."""
        if event.redacted is not None:
            closed = self._close()
            sealed = self._blocks.begin("redacted_thinking", data=event.redacted)
            return closed + sealed + self._blocks.close()
        if not event.text and not event.signature:
            return b""
        pieces = [
            self._calls.end(),
            self._blocks.switch("thinking", thinking="", signature=""),
        ]
        if event.text:
            pieces.append(self._blocks.delta(b"thinking_delta", b"thinking", event.text))
        if event.signature:
            pieces.append(self._blocks.delta(b"signature_delta", b"signature", event.signature))
            pieces.append(self._blocks.close())
        return b"".join(pieces)

    def _start_call(self, event: ToolCallStarted) -> bytes:
        call_id = call_id_of(self._call, event.id, event.index)
        return self._calls.start(event.index, call_id, event.name, event.signature)
