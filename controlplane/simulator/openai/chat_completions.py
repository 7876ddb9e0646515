"""POST /v1/chat/completions: echoes the last message, or calls tools."""

import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from controlplane.simulator import conversation, fields
from controlplane.simulator.conversation import Asked, Said
from controlplane.simulator.openai import asking
from controlplane.simulator.openai.errors import CHAT_MIDWAY
from controlplane.simulator.replies import Json, Reply, Request, Stream, Whole, event
from controlplane.simulator.tools import ToolCall
from controlplane.simulator.wording import FINGERPRINT

DONE = b"data: [DONE]\n\n"


def answer(request: Request) -> Reply:
    body = request.body
    asked = read({**body, "model": request.model})
    said = [conversation.answer(asked)] * asking.choices(body)
    if not fields.optional(body, "stream", bool):
        return Whole(_body(said))
    options = fields.inner(body, "stream_options")
    events = _events(said, with_usage=bool(options.get("include_usage")))
    return Stream(_framed(events), CHAT_MIDWAY)


def read(body: Json) -> Asked:
    model = fields.required(body, "model", str)
    messages = fields.required(body, "messages", list)
    functions = [
        fields.inner(tool, "function") for tool in fields.optional(body, "tools", list) or []
    ]
    return Asked(
        model=model,
        turns=[_text(message) for message in messages],
        media=sum(_media(message) for message in messages),
        tools=asking.tools(functions),
        tool_choice=asking.tool_choice(body),
        parallel=body.get("parallel_tool_calls") is not False,
        tokens_max=fields.whole_number(body, "max_completion_tokens")
        or fields.whole_number(body, "max_tokens"),
        stop=fields.words(body.get("stop")),
        thinks=body.get("reasoning_effort") not in (None, "none"),
        schema=asking.schema(body.get("response_format")),
    )


def _text(message: Any) -> str:
    return " ".join(fields.texts_of(message.get("content"))) if isinstance(message, dict) else ""


def _media(message: Any) -> int:
    parts = fields.objects(message.get("content")) if isinstance(message, dict) else []
    return sum("text" not in part and part.get("type") != "refusal" for part in parts)


def _body(several: Sequence[Said]) -> Json:
    choices = [
        {
            "index": index,
            "message": _message(said),
            "logprobs": None,
            "finish_reason": asking.finish_reason(said),
        }
        for index, said in enumerate(several)
    ]
    return _envelope("chat.completion", several) | {"choices": choices, "usage": _usage(several)}


def _message(said: Said) -> Json:
    message: Json = {"role": "assistant", "content": said.words.text, "refusal": None}
    if said.thoughts:
        message["reasoning_content"] = said.thought
    if said.calls:
        message["tool_calls"] = [_call(call) for call in said.calls]
    return message


def _call(call: ToolCall) -> Json:
    function = {"name": call.name, "arguments": call.text}
    return {"id": call.id, "type": "function", "function": function}


def _usage(several: Sequence[Said]) -> Json:
    return asking.usage(
        several[0].input_tokens,
        sum(said.output_tokens for said in several),
        sum(len(said.thoughts) for said in several),
    )


def _envelope(kind: str, several: Sequence[Said]) -> Json:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": several[0].model,
        "system_fingerprint": FINGERPRINT,
    }


def _framed(events: Iterator[Json]) -> Iterator[bytes]:
    yield from map(event, events)
    yield DONE


def _events(several: Sequence[Said], *, with_usage: bool) -> Iterator[Json]:
    envelope = _envelope("chat.completion.chunk", several)
    if with_usage:
        envelope["usage"] = None
    for index, said in enumerate(several):
        for delta in _deltas(said):
            yield envelope | {"choices": [_chunk_choice(index, delta, None)]}
        reason = asking.finish_reason(said)
        yield envelope | {"choices": [_chunk_choice(index, {}, reason)]}
    if with_usage:
        yield envelope | {"choices": [], "usage": _usage(several)}


def _deltas(said: Said) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    yield from ({"reasoning_content": token} for token in said.thoughts)
    yield from ({"content": token} for token in said.words.tokens)
    for index, call in enumerate(said.calls):
        begun = _call(call)
        begun["function"]["arguments"] = ""
        yield {"tool_calls": [{"index": index, **begun}]}
        for piece in call.pieces:
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _chunk_choice(index: int, delta: Json, finish_reason: str | None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
