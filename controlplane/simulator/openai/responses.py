"""POST /v1/responses. It stores nothing, so it knows no previous response."""

import time
from typing import Any
from uuid import uuid4

from controlplane.simulator import conversation, fields
from controlplane.simulator.conversation import Asked, Said
from controlplane.simulator.openai import asking
from controlplane.simulator.openai.errors import RESPONSES_MIDWAY
from controlplane.simulator.openai.responses_stream import events
from controlplane.simulator.replies import Json, Refused, Reply, Request, Stream, Whole, named_event

# What is given back as it was asked for.
REPEATED: Json = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
}


def answer(request: Request) -> Reply:
    body = {**request.body, "model": request.model}
    if previous := body.get("previous_response_id"):
        raise Refused(
            f"there is no response '{previous}'.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    said = conversation.answer(_read(body))
    response = _response(body, said)
    if not fields.optional(body, "stream", bool):
        return Whole(response)
    return Stream(map(named_event, events(response)), RESPONSES_MIDWAY)


def _read(body: Json) -> Asked:
    model = fields.required(body, "model", str)
    given = body.get("input")
    if not isinstance(given, str | list):
        raise Refused("'input' must be a text or a list.", param="input", code="missing_field")
    items = [{"content": given}] if isinstance(given, str) else fields.objects(given)
    functions = [
        tool
        for tool in fields.objects(fields.optional(body, "tools", list))
        if tool.get("type", "function") == "function"
    ]
    instructions = fields.optional(body, "instructions", str)
    return Asked(
        model=model,
        turns=[*([instructions] if instructions else []), *(_text(item) for item in items)],
        media=sum(_media(item) for item in items),
        tools=asking.tools(functions),
        tool_choice=asking.tool_choice(body),
        parallel=body.get("parallel_tool_calls") is not False,
        tokens_max=fields.whole_number(body, "max_output_tokens"),
        thinks=fields.inner(body, "reasoning").get("effort") not in (None, "none"),
        schema=asking.schema(fields.inner(body, "text").get("format")),
    )


def _text(item: Json) -> str:
    """Of a message, or of what a tool answered."""
    content = item.get("content") if "content" in item else item.get("output")
    return " ".join(fields.texts_of(content))


def _media(item: Json) -> int:
    return sum("text" not in part for part in fields.objects(item.get("content")))


def _response(body: Json, said: Said) -> Json:
    is_cut = said.stop == "length"
    return {
        "id": f"resp_{uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "incomplete" if is_cut else "completed",
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if is_cut else None,
        "model": said.model,
        "output": _output(said),
        "usage": _usage(said),
        **{name: body.get(name, usual) for name, usual in REPEATED.items()},
    }


def _output(said: Said) -> list[Json]:
    items: list[Json] = []
    if said.thoughts:
        summary = [{"type": "summary_text", "text": said.thought}]
        items.append({"id": _id("rs"), "type": "reasoning", "summary": summary})
    if said.words.tokens:
        items.append(_message(said))
    items += (
        {
            "id": _id("fc"),
            "type": "function_call",
            "status": "completed",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.text,
        }
        for call in said.calls
    )
    return items


def _message(said: Said) -> Json:
    text = {"type": "output_text", "text": said.words.text, "annotations": [], "logprobs": []}
    return {
        "id": _id("msg"),
        "type": "message",
        "status": "incomplete" if said.words.is_cut else "completed",
        "role": "assistant",
        "content": [text],
    }


def _usage(said: Said) -> dict[str, Any]:
    return {
        "input_tokens": said.input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": said.output_tokens,
        "output_tokens_details": {"reasoning_tokens": len(said.thoughts)},
        "total_tokens": said.input_tokens + said.output_tokens,
    }


def _id(kind: str) -> str:
    return f"{kind}_{uuid4().hex}"
