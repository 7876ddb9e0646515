"""Streams: chunks of one answer, each with what is new of one choice."""

from dataclasses import dataclass
from typing import Any

import msgspec

from billing.tokens import Tokens
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
from dataplane.conversation.parts import Reasoning
from dataplane.dialects.chat_completions.answers import (
    answer_id,
    asks_in_the_older_form,
    signed,
)
from dataplane.dialects.chat_completions.citations import annotation
from dataplane.dialects.chat_completions.finish_reasons import explanation, finish_reason
from dataplane.dialects.chat_completions.thoughts import detail_of
from dataplane.dialects.chat_completions.usage import usage_object
from dataplane.dialects.encoding import encoded
from dataplane.request import GatewayRequest

DONE = b"data: [DONE]\n\n"
STREAM_OPTIONS = "stream_options"

_decode = msgspec.json.Decoder(dict[str, Any] | None).decode

Delta = dict[str, Any]


@dataclass(slots=True)
class _Choice:
    """How far one choice has come."""

    is_open: bool = False
    is_stopped: bool = False
    says_refusal: bool = False
    thoughts: int = 0
    """How many thoughts are complete: the number of the next."""
    text_length: int = 0


class ChatStreamWriter:
    """Writes one stream. The role goes with the first that a choice says."""

    def __init__(self, call: GatewayRequest) -> None:
        self._call = call
        self._is_legacy = asks_in_the_older_form(call)
        self._shows_usage = _asks_for_usage(call)
        self._choices: dict[int, _Choice] = {}
        self._tokens: Tokens | None = None
        self._head = b""

    def write(self, event: Event) -> bytes:
        if isinstance(event, TextDelta):
            return self._write_text(event)
        if isinstance(event, ToolCallDelta):
            return self._chunk(event.choice, self._arguments(event))
        if isinstance(event, Started):
            self._begin(event)
            return b""
        if isinstance(event, UsageReported):
            self._tokens = event.tokens
            return b""
        return self._write_rarer(event)

    def ending(self) -> bytes:
        """Usage has no choices, and a chunk of its own, which only some clients expect."""
        closing = [
            self._finish(index, Stop.END)
            for index, choice in self._choices.items()
            if not choice.is_stopped
        ]
        if self._shows_usage and self._tokens is not None:
            usage = encoded(usage_object(self._tokens))
            closing.append(self._start() + b'"choices":[],"usage":' + usage + b"}\n\n")
        return b"".join([*closing, DONE])

    def _write_rarer(self, event: Event) -> bytes:
        if isinstance(event, ToolCallStarted):
            return self._chunk(event.choice, self._call_started(event))
        if isinstance(event, ReasoningDelta):
            return self._chunk(event.choice, self._thought(event))
        if isinstance(event, RefusalDelta):
            self._choice(event.choice).says_refusal = True
            return self._chunk(event.choice, {"refusal": event.text})
        if isinstance(event, CitationDelta):
            return self._cite(event)
        return self._stop(event) if isinstance(event, Stopped) else b""

    def _write_text(self, event: TextDelta) -> bytes:
        chunk = self._chunk(event.choice, {"content": event.text})
        self._choices[event.choice].text_length += len(event.text)
        return chunk

    def _arguments(self, event: ToolCallDelta) -> Delta:
        function = {"arguments": event.arguments}
        if self._is_legacy and event.index == 0:
            return {"function_call": function}
        return {"tool_calls": [{"index": self._index(event.index), "function": function}]}

    def _call_started(self, event: ToolCallStarted) -> Delta:
        function = {"name": event.name, "arguments": ""}
        if self._is_legacy and event.index == 0:
            return {"function_call": function}
        index = self._index(event.index)
        call: Delta = {"index": index, "id": event.id, "type": "function", "function": function}
        if event.signature is not None:
            call["extra_content"] = signed(event.signature)
        return {"tool_calls": [call]}

    def _index(self, index: int) -> int:
        """The older form has room for one call; further ones are said in today's."""
        return index - 1 if self._is_legacy else index

    def _thought(self, event: ReasoningDelta) -> Delta:
        """A block of thoughts ends with its proof, and one that is sealed comes whole."""
        choice = self._choice(event.choice)
        thought = Reasoning(event.text, event.signature, event.redacted)
        delta: Delta = {"reasoning_details": [detail_of(thought, choice.thoughts)]}
        if event.signature is not None or event.redacted is not None:
            choice.thoughts += 1
        return {"reasoning_content": event.text, **delta} if event.text else delta

    def _cite(self, event: CitationDelta) -> bytes:
        """Where the cited words begin and end is not known while they are being written."""
        place = self._choice(event.choice).text_length
        noted = annotation(event.citation, place, place)
        return b"" if noted is None else self._chunk(event.choice, {"annotations": [noted]})

    def _stop(self, event: Stopped) -> bytes:
        words = explanation(event.stop, event.details)
        if words is None or self._choice(event.choice).says_refusal:
            return self._finish(event.choice, event.stop)
        return self._chunk(event.choice, {"refusal": words}) + self._finish(
            event.choice, event.stop
        )

    def _finish(self, index: int, stop: Stop) -> bytes:
        choice = self._choice(index)
        reason = finish_reason(stop, says_refusal=choice.says_refusal, is_legacy=self._is_legacy)
        chunk = self._chunk(index, {}, b'"' + reason.encode() + b'"')
        choice.is_stopped = True
        return chunk

    def _choice(self, index: int) -> _Choice:
        return self._choices.setdefault(index, _Choice())

    def _chunk(self, index: int, delta: Delta, reason: bytes = b"null") -> bytes:
        choice = self._choice(index)
        if not choice.is_open:
            choice.is_open = True
            delta = {"role": "assistant", "content": None, **delta}
        tail = b'}],"usage":null}\n\n' if self._shows_usage else b"}]}\n\n"
        head = b'"choices":[{"index":%d,"delta":' % index
        rest = b',"logprobs":null,"finish_reason":'
        return b"".join([self._start(), head, encoded(delta), rest, reason, tail])

    def _start(self) -> bytes:
        """What all chunks begin with."""
        if not self._head:
            self._begin(Started("", ""))
        return self._head

    def _begin(self, event: Started) -> None:
        facts = {
            "id": event.id if event.is_passed else answer_id(self._call, event.id),
            "object": "chat.completion.chunk",
            "created": int(self._call.at.timestamp()),
            "model": event.model or self._call.model_requested,
        }
        self._head = b"data: " + encoded(facts)[:-1] + b","


def _asks_for_usage(call: GatewayRequest) -> bool:
    """The options were read with the request, so they are what they should be."""
    raw = call.fields.get(STREAM_OPTIONS)
    options = None if raw is None else _decode(raw)
    return options is not None and options.get("include_usage") is True
