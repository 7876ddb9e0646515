"""How much a model wrote: for an estimate of what is billed where usage never comes."""

from dataplane.conversation.answer import (
    Event,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from dataplane.conversation.parts import Part, Reasoning, Refusal, Text, ToolCall


def bytes_of(piece: Part | Event) -> int:
    """UTF-8 bytes of generated text; signatures and ids are not generated."""
    if isinstance(piece, Text | TextDelta | Refusal | RefusalDelta | Reasoning | ReasoningDelta):
        return _bytes(piece.text)
    if isinstance(piece, ToolCall):
        return _bytes(piece.name) + _bytes(piece.arguments)
    if isinstance(piece, ToolCallStarted):
        return _bytes(piece.name)
    return _bytes(piece.arguments) if isinstance(piece, ToolCallDelta) else 0


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
