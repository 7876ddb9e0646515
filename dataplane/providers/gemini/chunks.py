"""An answer of `generateContent`, whole or one chunk of a stream: what is read of it.

Fields that only say more may hold anything: an answer that came is paid for.
"""

import hashlib
from typing import Any

import msgspec

from dataplane.conversation.signatures import marked
from dataplane.providers.gemini.contents import thoughts_of
from dataplane.providers.tolerance import Tolerant

USAGE_DIALECT = "gemini"
GENERATED = ("candidatesTokenCount", "thoughtsTokenCount")
NO_ARGUMENTS = "{}"
CHOICES_MAX = 128


class FunctionCall(msgspec.Struct):
    id: Any = None
    name: Any = None
    args: Any = None


class Part(msgspec.Struct):
    """Of what Google's own tools made (code, searches, pictures) nothing is read."""

    text: Any = None
    thought: Any = None
    thoughtSignature: Any = None
    functionCall: FunctionCall | None = None


class Content(msgspec.Struct):
    parts: list[Part] | None = None


class Candidate(msgspec.Struct):
    content: Content | None = None
    finishReason: Any = None
    finishMessage: Any = None
    index: Any = None


class PromptFeedback(msgspec.Struct):
    blockReason: Any = None
    blockReasonMessage: Any = None


class Chunk(msgspec.Struct):
    candidates: list[Candidate] | None = None
    promptFeedback: PromptFeedback | None = None
    usageMetadata: Any = None
    modelVersion: Any = None
    responseId: Any = None
    error: Any = None

    @property
    def is_answer(self) -> bool:
        """Anything else may be JSON, too."""
        return bool(self.candidates) or self.promptFeedback is not None or bool(self.usageMetadata)


decode_chunk = Tolerant(Chunk)
_encode = msgspec.json.encode


def parts_of(candidate: Candidate) -> list[Part]:
    return (candidate.content.parts or []) if candidate.content is not None else []


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def signature_of(part: Part, maker: str) -> str | None:
    """As clients get it: with a mark that tells whose it is, and what of."""
    signature = text_of(part.thoughtSignature)
    if not signature:
        return None
    return marked(signature, thoughts_of(maker) if part.thought is True else maker)


def arguments_of(call: FunctionCall) -> str:
    """An object always, also where there are none."""
    return _encode(call.args).decode() if isinstance(call.args, dict) else NO_ARGUMENTS


def call_id(call: FunctionCall, response_id: str, choice: int, index: int) -> str:
    """Gemini's own, or one that is the same whenever this answer is read."""
    if given := text_of(call.id):
        return given
    place = f"{response_id}/{choice}/{index}"
    return f"call_{hashlib.sha256(place.encode()).hexdigest()[:24]}"


def index_of(candidate: Candidate) -> int:
    """Which answer a candidate is; the first is not numbered."""
    index = candidate.index
    return index if type(index) is int and 0 < index < CHOICES_MAX else 0


def counts_output(usage: Any) -> bool:
    """Early chunks may say how a call is served, or what it read, and not what was generated."""
    return isinstance(usage, dict) and any(usage.get(name) for name in GENERATED)
