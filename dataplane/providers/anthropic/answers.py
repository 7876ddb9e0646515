"""A whole answer of Claude's. Blocks of tools that Anthropic runs itself are left out."""

from collections.abc import Iterable
from typing import Any

import msgspec

from dataplane.conversation.answer import Choice, Completion
from dataplane.conversation.parts import Part, Reasoning, Text, ToolCall
from dataplane.providers.anthropic.stops import details_of, stop_of, text_of
from dataplane.providers.base import AnswerUnusable, Reply
from dataplane.providers.tolerance import Tolerant, Unreadable, as_json, tokens_reported

USAGE_DIALECT = "anthropic"


class _Block(msgspec.Struct):
    """What is known of blocks; those of unknown types may hold anything under these names."""

    type: Any = None
    text: Any = None
    citations: Any = None
    thinking: Any = None
    signature: Any = None
    data: Any = None
    id: Any = None
    name: Any = None
    input: Any = None


class _Message(msgspec.Struct):
    type: Any = None
    id: str = ""
    model: str = ""
    content: list[_Block] = []
    stop_reason: Any = None
    stop_sequence: Any = None
    stop_details: Any = None
    usage: Any = None


_decode_message = Tolerant(_Message)


def read_completion(reply: Reply) -> Completion:
    """Raises `AnswerUnusable`."""
    try:
        message = _decode_message(reply.body)
    except Unreadable as error:
        raise AnswerUnusable from error
    if message.type == "error":
        raise AnswerUnusable
    choice = Choice(
        parts=list(_parts(message.content)),
        stop=stop_of(message.stop_reason),
        stop_sequence=text_of(message.stop_sequence),
        details=details_of(message.stop_details),
    )
    return Completion(
        id=message.id,
        model=message.model,
        choices=[choice],
        tokens=tokens_reported(USAGE_DIALECT, message.usage),
        usage=message.usage,
    )


def _parts(blocks: Iterable[_Block]) -> Iterable[Part]:
    for block in blocks:
        if block.type == "text":
            citations = block.citations if isinstance(block.citations, list) else []
            yield Text(text_of(block.text) or "", citations=citations)
        elif block.type == "thinking":
            yield Reasoning(text_of(block.thinking) or "", text_of(block.signature))
        elif block.type == "redacted_thinking":
            yield Reasoning(redacted=text_of(block.data))
        elif block.type == "tool_use":
            call_id, name = text_of(block.id) or "", text_of(block.name) or ""
            yield ToolCall(call_id, name, as_json(block.input or {}))
