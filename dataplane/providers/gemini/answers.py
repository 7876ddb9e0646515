"""A whole answer of Gemini's."""

import uuid

from dataplane.conversation.answer import Choice, Completion, Stop
from dataplane.conversation.parts import Part, Reasoning, Text, ToolCall
from dataplane.providers.base import AnswerUnusable, Reply
from dataplane.providers.gemini import chunks
from dataplane.providers.gemini.chunks import Candidate, Chunk, PromptFeedback, text_of
from dataplane.providers.gemini.finish_reasons import details_of, stop_of
from dataplane.providers.tolerance import Unreadable, tokens_reported


def read_completion(reply: Reply, maker: str) -> Completion:
    """Raises `AnswerUnusable`."""
    try:
        answer = chunks.decode_chunk(reply.body)
    except Unreadable as error:
        raise AnswerUnusable from error
    if answer.error is not None or not answer.is_answer:
        raise AnswerUnusable
    response_id = text_of(answer.responseId)
    return Completion(
        id=response_id,
        model=text_of(answer.modelVersion),
        choices=_choices(answer, response_id or uuid.uuid4().hex, maker),
        tokens=tokens_reported(chunks.USAGE_DIALECT, answer.usageMetadata),
        usage=answer.usageMetadata,
    )


def _choices(answer: Chunk, response_id: str, maker: str) -> list[Choice]:
    """A question that was held back has no candidates, and one answer all the same: none."""
    if not answer.candidates:
        return [blocked(answer.promptFeedback)]
    return [
        _choice(candidate, place, response_id, maker)
        for place, candidate in enumerate(answer.candidates)
    ]


def blocked(feedback: PromptFeedback | None) -> Choice:
    given = feedback or PromptFeedback()
    return Choice([], Stop.FILTERED, None, details_of(given.blockReason, given.blockReasonMessage))


def _choice(candidate: Candidate, place: int, response_id: str, maker: str) -> Choice:
    parts: list[Part] = []
    calls = 0
    for part in chunks.parts_of(candidate):
        _add(parts, part, maker)
        if part.functionCall is not None:
            call = part.functionCall
            parts.append(
                ToolCall(
                    chunks.call_id(call, response_id, place, calls),
                    text_of(call.name),
                    chunks.arguments_of(call),
                    text_of(part.thoughtSignature) or None,
                )
            )
            calls += 1
    reason = candidate.finishReason
    stop = stop_of(reason, has_calls=calls > 0)
    return Choice(parts, stop, None, details_of(reason, candidate.finishMessage))


def _add(parts: list[Part], part: chunks.Part, maker: str) -> None:
    """Text and thoughts, in whole blocks; a signature closes the thoughts before its part."""
    if not isinstance(part.text, str):
        return
    signature = chunks.signature_of(part, maker)
    last = parts[-1] if parts else None
    if part.thought is True:
        if isinstance(last, Reasoning) and last.signature is None:
            last.text += part.text
            last.signature = signature
        else:
            parts.append(Reasoning(part.text, signature))
        return
    if signature is not None:
        if isinstance(last, Reasoning) and last.signature is None:
            last.signature = signature
        else:
            parts.append(Reasoning(signature=signature))
    if isinstance(last, Text) and signature is None:
        last.text += part.text
    elif part.text:
        parts.append(Text(part.text))
