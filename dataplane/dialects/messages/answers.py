"""Whole answers."""

from collections.abc import Iterable
from typing import Any

import msgspec

from billing.tokens import Tokens
from dataplane.conversation.answer import Choice, Completion, Stop
from dataplane.conversation.parts import Media, Part, Reasoning, Refusal, Text, ToolResult
from dataplane.dialects.encoding import encoded
from dataplane.dialects.messages.signed_calls import sealed
from dataplane.request import GatewayRequest

Block = dict[str, Any]

ID_PREFIX = "msg_"
CALL_ID_PREFIX = "toolu_"
STOP_REASONS = {
    Stop.END: "end_turn",
    Stop.LENGTH: "max_tokens",
    Stop.STOP_SEQUENCE: "stop_sequence",
    Stop.TOOL_CALLS: "tool_use",
    Stop.REFUSAL: "refusal",
    Stop.FILTERED: "refusal",
    Stop.PAUSE: "pause_turn",
}
NOTHING_SAID = Choice([], Stop.END)
# Anthropic's own advice for arguments that are no JSON, in its pages on streaming of tools.
INVALID = "INVALID_JSON"

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def write_answer(call: GatewayRequest, completion: Completion) -> bytes:
    """Claude gives one answer, and no more can be asked for."""
    choice = completion.choices[0] if completion.choices else NOTHING_SAID
    message = begun_message(call, completion.id, completion.model)
    message["content"] = list(_blocks(call, choice.parts))
    message |= stopped(choice.stop, choice.stop_sequence, choice.details)
    message["usage"] = usage_object(completion.tokens)
    return encoded(message)


def begun_message(call: GatewayRequest, provider_id: str, model: str) -> dict[str, Any]:
    """A message that says nothing yet."""
    unique = provider_id or call.id
    return {
        "id": unique if unique.startswith(ID_PREFIX) else ID_PREFIX + unique,
        "type": "message",
        "role": "assistant",
        "model": model or call.model_requested,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def stopped(stop: Stop, sequence: str | None, details: dict[str, Any]) -> dict[str, Any]:
    """Why the message ended, and what is said of a refusal."""
    said: dict[str, Any] = {"stop_reason": STOP_REASONS[stop], "stop_sequence": sequence}
    if said["stop_reason"] == "refusal":
        category, explanation = details.get("category"), details.get("explanation")
        said["stop_details"] = {
            "type": "refusal",
            "category": category if isinstance(category, str) else None,
            "explanation": explanation if isinstance(explanation, str) else None,
        }
    return said


def usage_object(tokens: Tokens) -> dict[str, Any]:
    """Here what was read from a cache, or written to one, is no part of the input."""
    usage: dict[str, Any] = {
        "input_tokens": tokens.input - tokens.cached_input - tokens.cache_write,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cached_input,
        "output_tokens": tokens.output,
    }
    if tokens.cache_write_1h:
        usage["cache_creation"] = {
            "ephemeral_5m_input_tokens": tokens.cache_write - tokens.cache_write_1h,
            "ephemeral_1h_input_tokens": tokens.cache_write_1h,
        }
    if tokens.reasoning:
        usage["output_tokens_details"] = {"thinking_tokens": tokens.reasoning}
    return usage


def call_id_of(call: GatewayRequest, given: str, number: int) -> str:
    """Some servers give calls no id."""
    return given or f"{CALL_ID_PREFIX}{call.id}_{number}"


def _blocks(call: GatewayRequest, parts: Iterable[Part]) -> Iterable[Block]:
    calls = 0
    for part in parts:
        if isinstance(part, Text):
            yield from _text(part)
        elif isinstance(part, Refusal):
            yield {"type": "text", "text": part.text}
        elif isinstance(part, Reasoning):
            yield _thoughts(part)
        elif not isinstance(part, Media | ToolResult):
            call_id = call_id_of(call, part.id, calls)
            calls += 1
            if part.signature is not None:
                yield {"type": "redacted_thinking", "data": sealed(call_id, part.signature)}
            arguments = _arguments(part.arguments)
            yield {"type": "tool_use", "id": call_id, "name": part.name, "input": arguments}


def _text(part: Text) -> Iterable[Block]:
    if part.text:
        cited = {"citations": part.citations} if part.citations else {}
        yield {"type": "text", "text": part.text, **cited}


def _thoughts(part: Reasoning) -> Block:
    if part.redacted is not None:
        return {"type": "redacted_thinking", "data": part.redacted}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature or ""}


def _arguments(text: str) -> Any:
    """As the model wrote them, if that is an object."""
    try:
        _decode_object(text.strip() or "{}")
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {INVALID: text}
    return msgspec.Raw(text.strip().encode() or b"{}")
