"""POST /model/{id}/converse, /converse-stream and /count-tokens."""

from collections.abc import Iterator
from typing import Any

from controlplane.simulator import conversation, fields
from controlplane.simulator.bedrock import frames
from controlplane.simulator.bedrock.errors import MIDWAY
from controlplane.simulator.conversation import Asked, Said, check_signature, signature
from controlplane.simulator.replies import Json, Refused, Reply, Request, Stream, Whole
from controlplane.simulator.tools import NAMED, Tool, offered

STOPS = {
    "end": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
}
MEDIA = ("image", "document", "video")
LATENCY_MS = 1


def answer(request: Request) -> Reply:
    said = conversation.answer(_read(request.body, request.model or ""))
    if request.named["verb"] == "converse-stream":
        return Stream(_frames(said), MIDWAY, frames.CONTENT_TYPE)
    message = {"role": "assistant", "content": _content(said)}
    return Whole(
        {
            "metrics": {"latencyMs": LATENCY_MS},
            "output": {"message": message},
            "stopReason": STOPS[said.stop],
            "usage": _usage(said),
        }
    )


def count(request: Request) -> Whole:
    inner = fields.inner(request.body, "input").get("converse")
    if not isinstance(inner, dict):
        raise Refused("only the form of Converse is counted.", param="input")
    return Whole({"inputTokens": _read(inner, request.model or "").input_tokens})


def _read(body: Json, model: str) -> Asked:
    messages = fields.objects(fields.required(body, "messages", list))
    if not messages:
        raise Refused("a conversation must have at least one message.", param="messages")
    limits = fields.inner(body, "inferenceConfig")
    offers = fields.inner(body, "toolConfig")
    system = " ".join(fields.texts_of(body.get("system")))
    return Asked(
        model=model,
        turns=[*([system] if system else []), *map(_turn, messages)],
        media=sum(_media(message.get("content")) for message in messages),
        tools=[_tool(each) for each in fields.objects(offers.get("tools")) if "toolSpec" in each],
        tool_choice=_choice(offers.get("toolChoice")),
        tokens_max=fields.whole_number(limits, "maxTokens"),
        stop=fields.words(limits.get("stopSequences") or []),
        thinks=_thinks(fields.inner(body, "additionalModelRequestFields")),
        schema=_schema(body),
    )


def _turn(message: Json) -> str:
    """What one says, what tools answered included. Thoughts must come back as they were."""
    content = message.get("content")
    texts = fields.texts_of(content)
    for block in fields.objects(content):
        texts += fields.texts_of(fields.inner(block, "toolResult").get("content"))
        if thought := fields.inner(block, "reasoningContent", "reasoningText"):
            check_signature(thought.get("text"), thought.get("signature"), "messages")
    return " ".join(texts)


def _media(content: Any) -> int:
    return sum(any(kind in block for kind in MEDIA) for block in fields.objects(content))


def _tool(tool: Json) -> Tool:
    spec = fields.inner(tool, "toolSpec")
    return offered(spec.get("name"), fields.inner(spec, "inputSchema").get("json"))


def _choice(choice: Any) -> str:
    choice = choice if isinstance(choice, dict) else {}
    if isinstance(tool := choice.get("tool"), dict):
        return f"{NAMED}{tool.get('name')}"
    return "required" if "any" in choice else "auto"


def _thinks(more: Json) -> bool:
    """In Anthropic's words, which Bedrock hands on to its models."""
    thinking = more.get("thinking") or more.get("reasoning_config")
    return isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive")


def _schema(body: Json) -> Any:
    form = fields.inner(body, "outputConfig", "textFormat")
    return True if form.get("type") == "json_schema" else None


def _usage(said: Said) -> Json:
    return {
        "inputTokens": said.input_tokens,
        "outputTokens": said.output_tokens,
        "totalTokens": said.input_tokens + said.output_tokens,
        "cacheReadInputTokens": 0,
        "cacheReadInputTokenCount": 0,
        "cacheWriteInputTokens": 0,
        "cacheWriteInputTokenCount": 0,
    }


def _content(said: Said) -> list[Json]:
    blocks: list[Json] = []
    if said.thoughts:
        thought = {"text": said.thought, "signature": signature(said.thought)}
        blocks.append({"reasoningContent": {"reasoningText": thought}})
    if said.words.tokens:
        blocks.append({"text": said.words.text})
    blocks += (
        {"toolUse": {"toolUseId": _id(call.id), "name": call.name, "input": call.arguments}}
        for call in said.calls
    )
    return blocks


def _id(call_id: str) -> str:
    return call_id.replace("call_", "tooluse_")


def _frames(said: Said) -> Iterator[bytes]:
    yield frames.event("messageStart", {"role": "assistant"})
    for index, (start, deltas) in enumerate(_blocks(said)):
        place = {"contentBlockIndex": index}
        if start is not None:
            yield frames.event("contentBlockStart", {**place, "start": start})
        for delta in deltas:
            yield frames.event("contentBlockDelta", {**place, "delta": delta})
        yield frames.event("contentBlockStop", place)
    yield frames.event("messageStop", {"stopReason": STOPS[said.stop]})
    metrics = {"latencyMs": LATENCY_MS}
    yield frames.event("metadata", {"usage": _usage(said), "metrics": metrics})


def _blocks(said: Said) -> Iterator[tuple[Json | None, list[Json]]]:
    """Each block's start, which only tools have, and its pieces."""
    if said.thoughts:
        pieces: list[Json] = [{"text": token} for token in said.thoughts]
        pieces.append({"signature": signature(said.thought)})
        yield None, [{"reasoningContent": piece} for piece in pieces]
    if said.words.tokens:
        yield None, [{"text": token} for token in said.words.tokens]
    for call in said.calls:
        start = {"toolUse": {"toolUseId": _id(call.id), "name": call.name}}
        yield start, [{"toolUse": {"input": piece}} for piece in call.pieces]
