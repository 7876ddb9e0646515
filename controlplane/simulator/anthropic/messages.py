"""POST /v1/messages, whole and as a stream; /v1/messages/count_tokens; and both at Vertex."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from controlplane.simulator import conversation, fields
from controlplane.simulator.anthropic.errors import MIDWAY
from controlplane.simulator.conversation import Asked, Said, check_signature, signature
from controlplane.simulator.replies import Json, Refused, Reply, Request, Stream, Whole, named_event
from controlplane.simulator.tools import NAMED, Tool, offered
from controlplane.simulator.wording import NOTICE

STOPS = {
    "end": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
}
CHOICES = {"any": "required", "none": "none"}
MEDIA = ("image", "document")


def answer(request: Request) -> Reply:
    body = {**request.body, "model": request.model}
    fields.required(body, "max_tokens", int)
    said = conversation.answer(_read(body))
    if body.get("stream") or request.named.get("verb") == "streamRawPredict":
        return Stream(map(named_event, _events(said)), MIDWAY)
    return Whole({**_envelope(said), **_ending(said), "content": _content(said)})


def count(request: Request) -> Whole:
    asked = _read({**request.body, "model": request.body.get("model") or request.model})
    return Whole({"input_tokens": asked.input_tokens, "notice": NOTICE})


def _read(body: Json) -> Asked:
    model = fields.required(body, "model", str)
    messages = fields.required(body, "messages", list)
    if not messages:
        raise Refused("messages: at least one message is required", param="messages")
    system = " ".join(fields.texts_of(body.get("system")))
    return Asked(
        model=model,
        turns=[*([system] if system else []), *map(_turn, fields.objects(messages))],
        media=sum(_media(message.get("content")) for message in fields.objects(messages)),
        tools=[_tool(each) for each in fields.optional(body, "tools", list) or []],
        tool_choice=_choice(body),
        parallel=fields.inner(body, "tool_choice").get("disable_parallel_tool_use") is not True,
        tokens_max=fields.whole_number(body, "max_tokens"),
        stop=fields.words(body.get("stop_sequences") or []),
        thinks=_thinks(body),
        schema=_schema(body),
    )


def _turn(message: Json) -> str:
    """What one says, what tools answered included. Thoughts must come back as they were."""
    content = message.get("content")
    texts = fields.texts_of(content)
    for block in fields.objects(content):
        if block.get("type") == "tool_result":
            texts += fields.texts_of(block.get("content"))
        elif block.get("type") == "thinking":
            check_signature(block.get("thinking"), block.get("signature"), "messages")
    return " ".join(texts)


def _media(content: Any) -> int:
    return sum(block.get("type") in MEDIA for block in fields.objects(content))


def _tool(tool: Any) -> Tool:
    tool = tool if isinstance(tool, dict) else {}
    return offered(tool.get("name"), tool.get("input_schema"))


def _choice(body: Json) -> str:
    choice = fields.inner(body, "tool_choice")
    if choice.get("type") == "tool":
        return f"{NAMED}{choice.get('name')}"
    return CHOICES.get(str(choice.get("type")), "auto")


def _thinks(body: Json) -> bool:
    thinking = fields.inner(body, "thinking")
    budget = thinking.get("budget_tokens")
    limit = body.get("max_tokens")
    if isinstance(budget, int) and isinstance(limit, int) and budget >= limit:
        raise Refused("`max_tokens` must be greater than `thinking.budget_tokens`.")
    return thinking.get("type") in ("enabled", "adaptive")


def _schema(body: Json) -> Any:
    form = fields.inner(body, "output_config", "format") or fields.inner(body, "output_format")
    return form.get("schema") or True if form.get("type") == "json_schema" else None


def _envelope(said: Said) -> Json:
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": said.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(said, output_tokens=1),
    }


def _ending(said: Said) -> Json:
    return {
        "stop_reason": STOPS[said.stop],
        "stop_sequence": said.words.stopped_at if said.stop == "stop_sequence" else None,
        "usage": _usage(said, output_tokens=said.output_tokens),
    }


def _usage(said: Said, *, output_tokens: int) -> Json:
    return {
        "input_tokens": said.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def _content(said: Said) -> list[Json]:
    blocks: list[Json] = []
    if said.thoughts:
        proof = signature(said.thought)
        blocks.append({"type": "thinking", "thinking": said.thought, "signature": proof})
    if said.words.tokens:
        blocks.append({"type": "text", "text": said.words.text})
    blocks += (
        {
            "type": "tool_use",
            "id": f"toolu_{call.id[5:]}",
            "name": call.name,
            "input": call.arguments,
        }
        for call in said.calls
    )
    return blocks


def _events(said: Said) -> Iterator[Json]:
    yield {"type": "message_start", "message": _envelope(said)}
    pieces = iter([call.pieces for call in said.calls])
    for index, block in enumerate(_content(said)):
        yield {"type": "content_block_start", "index": index, "content_block": _empty(block)}
        if index == 0:
            yield {"type": "ping"}
        for delta in _deltas(block, said, pieces):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ending = _ending(said)
    usage = {"output_tokens": ending.pop("usage")["output_tokens"]}
    yield {"type": "message_delta", "delta": ending, "usage": usage}
    yield {"type": "message_stop"}


def _empty(block: Json) -> Json:
    """As it is before anything of it is said."""
    nothing = {"text": "", "thinking": "", "signature": "", "input": {}}
    return {name: nothing.get(name, value) for name, value in block.items()}


def _deltas(block: Json, said: Said, calls: Iterator[list[str]]) -> Iterator[Json]:
    if block["type"] == "thinking":
        yield from ({"type": "thinking_delta", "thinking": token} for token in said.thoughts)
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif block["type"] == "text":
        yield from ({"type": "text_delta", "text": token} for token in said.words.tokens)
    else:
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in next(calls))
