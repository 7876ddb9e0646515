"""Whole answers of Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
Blocks that are not known, and what Bedrock's own tools (a code interpreter) were asked and said,
are left out: no client asked for them.
"""

from typing import Any

import msgspec

from dataplane.conversation.answer import Choice, Completion, Stop
from dataplane.conversation.parts import Part, Reasoning, Text, ToolCall
from dataplane.providers.base import AnswerUnusable, Reply
from dataplane.providers.bedrock.citations import citation_of
from dataplane.providers.tolerance import Tolerant, Unreadable, tokens_reported

USAGE_DIALECT = "bedrock"
ID_HEADER = "x-amzn-requestid"
STOPS = {
    "end_turn": Stop.END,
    "tool_use": Stop.TOOL_CALLS,
    "max_tokens": Stop.LENGTH,
    "model_context_window_exceeded": Stop.LENGTH,
    "stop_sequence": Stop.STOP_SEQUENCE,
    "guardrail_intervened": Stop.FILTERED,
    "content_filtered": Stop.FILTERED,
    "refusal": Stop.REFUSAL,
    "pause_turn": Stop.PAUSE,
}
# What the names of the reasons already say needs no words beside them.
SELF_EXPLAINED = frozenset({"end_turn", "tool_use", "max_tokens", "stop_sequence"})
SERVER_TOOL = "server_tool_use"


class _Block(msgspec.Struct):
    """What is known of blocks; unknown ones may hold anything."""

    text: Any = None
    toolUse: Any = None
    reasoningContent: Any = None
    citationsContent: Any = None


class _Message(msgspec.Struct):
    content: list[_Block] | None = None


class _Output(msgspec.Struct):
    message: _Message | None = None


class _Answer(msgspec.Struct):
    output: _Output
    stopReason: str = ""
    usage: Any = None
    serviceTier: Any = None
    additionalModelResponseFields: Any = None


_decode_answer = Tolerant(_Answer)
_encode = msgspec.json.encode


def read_answer(reply: Reply) -> Completion:
    """Raises `AnswerUnusable`."""
    try:
        answer = _decode_answer(reply.body)
    except Unreadable as error:
        raise AnswerUnusable from error
    message = answer.output.message
    blocks = (message.content if message is not None else None) or []
    choice = Choice(
        [part for block in blocks if (part := _part(block)) is not None],
        stop_of(answer.stopReason),
        stop_sequence_of(answer.additionalModelResponseFields),
        details_of(answer.stopReason),
    )
    usage = with_tier(answer.usage, answer.serviceTier)
    tokens = tokens_reported(USAGE_DIALECT, usage)
    return Completion(reply.headers.get(ID_HEADER, ""), "", [choice], tokens, usage)


def _part(block: _Block) -> Part | None:
    if isinstance(block.text, str):
        return Text(block.text)
    if isinstance(block.toolUse, dict):
        return _tool_call(block.toolUse)
    if isinstance(block.reasoningContent, dict):
        return _reasoning(block.reasoningContent)
    if isinstance(block.citationsContent, dict):
        return _cited(block.citationsContent)
    return None


def _tool_call(use: dict[str, Any]) -> ToolCall | None:
    if use.get("type") == SERVER_TOOL:
        return None
    arguments = _encode(use.get("input") or {}).decode()
    return ToolCall(text_in(use, "toolUseId"), text_in(use, "name"), arguments)


def _reasoning(content: dict[str, Any]) -> Reasoning:
    if redacted := text_in(content, "redactedContent"):
        return Reasoning(redacted=redacted)
    said = content.get("reasoningText")
    said = said if isinstance(said, dict) else {}
    return Reasoning(text_in(said, "text"), text_in(said, "signature") or None)


def _cited(content: dict[str, Any]) -> Text:
    texts = [text_in(each, "text") for each in objects_in(content, "content")]
    found = [citation_of(each) for each in objects_in(content, "citations")]
    return Text("".join(texts), citations=[each for each in found if each is not None])


def text_in(value: dict[str, Any], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""


def objects_in(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def stop_of(reason: str) -> Stop:
    """A reason that nobody has heard of is a regular end."""
    return STOPS.get(reason, Stop.END)


def details_of(reason: str) -> dict[str, Any]:
    return {} if reason in SELF_EXPLAINED or not reason else {"reason": reason}


def stop_sequence_of(fields: Any) -> str | None:
    """What the request asks to be told (`requests.STOP_SEQUENCE_PATH`)."""
    found = fields.get("stop_sequence") if isinstance(fields, dict) else None
    return found if isinstance(found, str) else None


def with_tier(usage: Any, service_tier: Any) -> Any:
    """The usage with the tier that stands next to it in the answer: `{"type": "priority"}`."""
    if isinstance(usage, dict) and isinstance(service_tier, dict):
        return {**usage, "serviceTier": service_tier}
    return usage
