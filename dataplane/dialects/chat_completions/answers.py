"""Whole answers."""

from typing import Any

from dataplane.conversation.answer import Choice, Completion
from dataplane.conversation.parts import Reasoning, Refusal, Text, ToolCall
from dataplane.dialects.chat_completions.citations import annotation
from dataplane.dialects.chat_completions.finish_reasons import explanation, finish_reason
from dataplane.dialects.chat_completions.thoughts import detail_of
from dataplane.dialects.chat_completions.usage import usage_object
from dataplane.dialects.encoding import encoded
from dataplane.request import GatewayRequest

ID_PREFIX = "chatcmpl-"
LEGACY_FIELD = "functions"
NOTHING = b"null"


def write_answer(call: GatewayRequest, completion: Completion) -> bytes:
    choices = [
        _choice(index, choice, is_legacy=asks_in_the_older_form(call))
        for index, choice in enumerate(completion.choices)
    ]
    answer = {
        "id": answer_id(call, completion.id),
        "object": "chat.completion",
        "created": int(call.at.timestamp()),
        "model": completion.model or call.model_requested,
        "choices": choices,
    }
    if completion.usage is not None:
        answer["usage"] = usage_object(completion.tokens)
    return encoded(answer)


def answer_id(call: GatewayRequest, provider_id: str) -> str:
    """The provider's id with OpenAI's prefix; one of our own where it has none."""
    unique = provider_id or call.id
    return unique if unique.startswith(ID_PREFIX) else ID_PREFIX + unique


def asks_in_the_older_form(call: GatewayRequest) -> bool:
    """A client that sent `functions` looks for its call in `function_call`."""
    return bytes(call.fields.get(LEGACY_FIELD, NOTHING)) not in (NOTHING, b"[]")


def _choice(index: int, choice: Choice, *, is_legacy: bool) -> dict[str, Any]:
    message = _message(choice, is_legacy=is_legacy)
    says_refusal = message["refusal"] is not None
    message["refusal"] = message["refusal"] or explanation(choice.stop, choice.details)
    reason = finish_reason(choice.stop, says_refusal=says_refusal, is_legacy=is_legacy)
    return {"index": index, "message": message, "logprobs": None, "finish_reason": reason}


def _message(choice: Choice, *, is_legacy: bool) -> dict[str, Any]:
    texts = [part for part in choice.parts if isinstance(part, Text)]
    refusals = [part.text for part in choice.parts if isinstance(part, Refusal)]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join([part.text for part in texts]) if texts else None,
        "refusal": "".join(refusals) if refusals else None,
    }
    if thoughts := [part for part in choice.parts if isinstance(part, Reasoning)]:
        message |= _thoughts(thoughts)
    if calls := [_tool_call(part) for part in choice.parts if isinstance(part, ToolCall)]:
        message |= _calls(calls, is_legacy=is_legacy)
    if annotations := _annotations(texts):
        message["annotations"] = annotations
    return message


def _thoughts(thoughts: list[Reasoning]) -> dict[str, Any]:
    said = {"reasoning_details": [detail_of(each, index) for index, each in enumerate(thoughts)]}
    if text := "".join([each.text for each in thoughts]):
        return {"reasoning_content": text, **said}
    return {**said}


def _tool_call(part: ToolCall) -> dict[str, Any]:
    function = {"name": part.name, "arguments": part.arguments}
    call: dict[str, Any] = {"id": part.id, "type": "function", "function": function}
    if part.signature is not None:
        call["extra_content"] = signed(part.signature)
    return call


def signed(signature: str) -> dict[str, Any]:
    """Google's place for Gemini's signature of a call."""
    return {"google": {"thought_signature": signature}}


def _calls(calls: list[dict[str, Any]], *, is_legacy: bool) -> dict[str, Any]:
    """The older form has room for one call; further ones are said in today's."""
    if not is_legacy:
        return {"tool_calls": calls}
    first, *others = calls
    return {"function_call": first["function"], **({"tool_calls": others} if others else {})}


def _annotations(texts: list[Text]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start = 0
    for text in texts:
        end = start + len(text.text)
        noted = (annotation(citation, start, end) for citation in text.citations)
        found += [each for each in noted if each is not None]
        start = end
    return found
