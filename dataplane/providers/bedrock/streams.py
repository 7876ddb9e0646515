"""Streams of ConverseStream, frame by frame.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html. Blocks of
text and thoughts may begin without `contentBlockStart`, and usage comes in `metadata`, after
`messageStop`. Payloads carry padding in `p`, which is skipped.
"""

import uuid
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
from dataplane.providers.bedrock.answers import (
    SERVER_TOOL,
    USAGE_DIALECT,
    details_of,
    stop_of,
    stop_sequence_of,
    with_tier,
)
from dataplane.providers.bedrock.citations import citation_of
from dataplane.providers.bedrock.errors import MESSAGES, decoded, first_text
from dataplane.providers.bedrock.frames import FrameUnreadable, opened
from dataplane.providers.tolerance import Tolerant, Unreadable, tokens_reported

NO_ARGUMENTS = "{}"
UNREADABLE = "The provider sent what cannot be read."


class _ToolStart(msgspec.Struct):
    toolUseId: str
    name: str
    type: str | None = None


class _Start(msgspec.Struct):
    toolUse: _ToolStart | None = None


class _ToolDelta(msgspec.Struct):
    input: str = ""


class _ReasoningDelta(msgspec.Struct):
    text: str = ""
    signature: str | None = None
    redactedContent: str | None = None


class _Delta(msgspec.Struct):
    text: str | None = None
    toolUse: _ToolDelta | None = None
    reasoningContent: _ReasoningDelta | None = None
    citation: Any = None


class _BlockStart(msgspec.Struct):
    contentBlockIndex: int = 0
    start: _Start | None = None


class _BlockDelta(msgspec.Struct):
    contentBlockIndex: int = 0
    delta: _Delta | None = None


class _BlockStop(msgspec.Struct):
    contentBlockIndex: int = 0


class _MessageStop(msgspec.Struct):
    stopReason: str = ""
    additionalModelResponseFields: Any = None


class _Metadata(msgspec.Struct):
    usage: Any = None
    serviceTier: Any = None


_decode_start = Tolerant(_BlockStart)
_decode_delta = Tolerant(_BlockDelta)
_decode_stop = Tolerant(_BlockStop)
_decode_message_stop = Tolerant(_MessageStop)
_decode_metadata = Tolerant(_Metadata)


class _OpenCall:
    """A call of a tool that is being written."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.has_arguments = False


class ConverseStreamReader:
    """One stream. What Bedrock's own tools are asked and say is left out."""

    def __init__(self) -> None:
        self._open: dict[int, _OpenCall] = {}
        self._calls = 0
        self._readers = {
            "contentBlockDelta": self._delta,
            "contentBlockStart": self._block_start,
            "contentBlockStop": self._block_stop,
            "messageStart": self._message_start,
            "messageStop": self._message_stop,
            "metadata": self._metadata,
        }

    def read(self, raw: bytes) -> list[Event]:
        try:
            headers, payload = opened(raw)
            if headers.get(":message-type", "event") != "event":
                return [_failed(headers, payload)]
            read = self._readers.get(headers.get(":event-type", ""))
            return read(payload) if read is not None else []
        except (FrameUnreadable, Unreadable):
            return [Failed(UNREADABLE)]

    def _message_start(self, payload: bytes) -> list[Event]:
        """Neither an id nor the model is in the stream."""
        return [Started(uuid.uuid4().hex, "")]

    def _block_start(self, payload: bytes) -> list[Event]:
        block = _decode_start(payload)
        tool = block.start and block.start.toolUse
        if not tool or tool.type == SERVER_TOOL:
            return []
        call = self._open[block.contentBlockIndex] = _OpenCall(self._calls)
        self._calls += 1
        return [ToolCallStarted(call.index, tool.toolUseId, tool.name)]

    def _delta(self, payload: bytes) -> list[Event]:
        block = _decode_delta(payload)
        delta = block.delta
        if delta is None:
            return []
        if delta.text:
            return [TextDelta(delta.text)]
        if delta.toolUse is not None:
            return self._arguments(block.contentBlockIndex, delta.toolUse.input)
        if delta.reasoningContent is not None:
            return _thoughts(delta.reasoningContent)
        citation = citation_of(delta.citation)
        return [] if citation is None else [CitationDelta(citation)]

    def _arguments(self, block_index: int, arguments: str) -> list[Event]:
        call = self._open.get(block_index)
        if call is None or not arguments:
            return []
        call.has_arguments = True
        return [ToolCallDelta(call.index, arguments)]

    def _block_stop(self, payload: bytes) -> list[Event]:
        """Of a tool that takes nothing, nothing is written, and that is no JSON."""
        call = self._open.pop(_decode_stop(payload).contentBlockIndex, None)
        if call is None or call.has_arguments:
            return []
        return [ToolCallDelta(call.index, NO_ARGUMENTS)]

    def _message_stop(self, payload: bytes) -> list[Event]:
        stop = _decode_message_stop(payload)
        sequence = stop_sequence_of(stop.additionalModelResponseFields)
        return [Stopped(stop_of(stop.stopReason), sequence, details_of(stop.stopReason))]

    def _metadata(self, payload: bytes) -> list[Event]:
        metadata = _decode_metadata(payload)
        if metadata.usage is None:
            return [Ended()]
        usage = with_tier(metadata.usage, metadata.serviceTier)
        return [UsageReported(tokens_reported(USAGE_DIALECT, usage), usage), Ended()]


def _thoughts(delta: _ReasoningDelta) -> list[Event]:
    if not (delta.text or delta.signature or delta.redactedContent):
        return []
    return [ReasoningDelta(delta.text, delta.signature, delta.redactedContent)]


def _failed(headers: dict[str, str], payload: bytes) -> Failed:
    """An exception that Bedrock modelled, or an error that it did not."""
    kind = headers.get(":exception-type") or headers.get(":error-code")
    said = first_text(decoded(payload), MESSAGES) or headers.get(":error-message", "")
    return Failed(said, kind)
