"""A stream of Gemini's, read into events.

Each chunk is an answer of its own, with what is new of its parts; functions are called whole. What
was used is told again and again, all in all. Nothing says that the stream is complete but its end,
after the reasons for which its candidates finished.
"""

import uuid
from typing import Any

from billing.tokens import NO_TOKENS
from dataplane.conversation.answer import (
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
from dataplane.providers.gemini import chunks
from dataplane.providers.gemini.answers import blocked
from dataplane.providers.gemini.chunks import Candidate, Chunk, text_of
from dataplane.providers.gemini.errors import error_in
from dataplane.providers.gemini.finish_reasons import details_of, is_stopped, stop_of
from dataplane.providers.tolerance import Unreadable, tokens_reported

JSON_STARTS = (b"{", b"[")
NONSENSE = "The stream holds what is none of its events."


class GeminiEventReader:
    """Reads one stream."""

    def __init__(self, maker: str) -> None:
        self._maker = maker
        self._id = ""
        self._usage: Any = None
        self._calls: dict[int, int] = {}
        """How many functions each choice has called."""
        self._stopped: set[int] = set()

    def read(self, raw: bytes) -> list[Event]:
        data = sse.parse(raw).data
        if not data:  # errors come as they would without a stream: JSON, over several lines
            bare = raw.strip()
            if not bare.startswith(JSON_STARTS):
                return []
            data = bare
        try:
            chunk = chunks.decode_chunk(data)
        except Unreadable:
            return [_failed(data)]
        if chunk.error is not None:
            return [_failed(data)]
        return self._read(chunk)

    def _read(self, chunk: Chunk) -> list[Event]:
        events: list[Event] = []
        if not self._id:
            self._id = text_of(chunk.responseId) or uuid.uuid4().hex
            events.append(Started(text_of(chunk.responseId), text_of(chunk.modelVersion)))
        for candidate in chunk.candidates or ():
            self._continue(candidate, events)
        if chunk.promptFeedback is not None and not chunk.candidates and not self._stopped:
            self._stopped.add(0)
            choice = blocked(chunk.promptFeedback)
            events.append(Stopped(choice.stop, None, choice.details))
        self._report(chunk.usageMetadata, events)
        return events

    def _report(self, usage: Any, events: list[Event]) -> None:
        """What the books read, should the stream break off; for clients, when it is complete."""
        is_complete = bool(self._stopped)
        if usage is not None and (is_complete or chunks.counts_output(usage)):
            self._usage = usage
            if not is_complete:
                events.append(UsageReported(NO_TOKENS, usage))
        if is_complete and self._usage is not None:
            tokens = tokens_reported(chunks.USAGE_DIALECT, self._usage)
            events.append(UsageReported(tokens, self._usage))

    def _continue(self, candidate: Candidate, events: list[Event]) -> None:
        choice = chunks.index_of(candidate)
        for part in chunks.parts_of(candidate):
            if part.functionCall is not None:
                self._call(part, part.functionCall, choice, events)
            elif isinstance(part.text, str):
                self._say(part, part.text, choice, events)
        reason = candidate.finishReason
        if is_stopped(reason) and choice not in self._stopped:
            self._stopped.add(choice)
            stop = stop_of(reason, has_calls=choice in self._calls)
            details = details_of(reason, candidate.finishMessage)
            events.append(Stopped(stop, None, details, choice))

    def _say(self, part: chunks.Part, text: str, choice: int, events: list[Event]) -> None:
        """A signature closes the thoughts before its part."""
        signature = chunks.signature_of(part, self._maker)
        if part.thought is True:
            events.append(ReasoningDelta(text, signature, choice=choice))
            return
        if signature is not None:
            events.append(ReasoningDelta(signature=signature, choice=choice))
        if text:
            events.append(TextDelta(text, choice))

    def _call(
        self, part: chunks.Part, call: chunks.FunctionCall, choice: int, events: list[Event]
    ) -> None:
        index = self._calls.get(choice, 0)
        self._calls[choice] = index + 1
        call_id = chunks.call_id(call, self._id, choice, index)
        signature = text_of(part.thoughtSignature) or None
        events.append(ToolCallStarted(index, call_id, text_of(call.name), signature, choice))
        events.append(ToolCallDelta(index, chunks.arguments_of(call), choice))


def _failed(data: bytes) -> Failed:
    error = error_in(data)
    return Failed(error.message or NONSENSE, error.type)
