"""OpenAI's Responses: the last event of a stream carries the whole answer."""

from typing import Any

from dataplane.caching.forms.events import Undone, events, named, texts

Object = dict[str, Any]

_PARTS = {"output_text": "text", "refusal": "refusal"}
_ARGUMENTS = {
    "function_call": ("response.function_call_arguments", "arguments"),
    "mcp_call": ("response.mcp_call_arguments", "arguments"),
    "custom_tool_call": ("response.custom_tool_call_input", "input"),
}


def is_whole(body: Object) -> bool:
    if body["status"] != "completed" or not body["output"] or body.get("error"):
        return False
    return not any(
        part["type"] == "refusal" for item in body["output"] for part in item.get("content") or ()
    )


def text(body: Object) -> str | None:
    items = [item for item in body["output"] if item["type"] != "reasoning"]
    if any(item["type"] != "message" for item in items):
        return None
    return "".join(part["text"] for item in items for part in item["content"])


def assemble(stream: bytes) -> Object:
    for event in events(stream):
        if event["type"] == "response.completed":
            response: Object = event["response"]
            return response
    raise Undone


def take_apart(body: Object, *, with_usage: bool) -> list[bytes]:
    """Usage is part of every stream here."""
    begun = {**body, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    found: list[Object] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
    ]
    for index, item in enumerate(body["output"]):
        found += _item(index, item)
    found.append({"type": "response.completed", "response": body})
    return [named({**event, "sequence_number": n}) for n, event in enumerate(found)]


def _item(index: int, item: Object) -> list[Object]:
    place = {"output_index": index}
    inner = {"item_id": item.get("id", ""), **place}
    opened, between = dict(item), []
    if item["type"] == "message":
        opened |= {"content": [], "status": "in_progress"}
        for number, part in enumerate(item["content"]):
            between += _part({**inner, "content_index": number}, part)
    elif item["type"] == "reasoning":
        opened |= {"summary": []}
        for number, part in enumerate(item.get("summary") or ()):
            between += _summary({**inner, "summary_index": number}, part)
    elif known := _ARGUMENTS.get(item["type"]):
        opened |= {known[1]: "", "status": "in_progress"}
        between += _text(known[0], inner, known[1], item[known[1]])
    return [
        {"type": "response.output_item.added", **place, "item": opened},
        *between,
        {"type": "response.output_item.done", **place, "item": item},
    ]


def _part(place: Object, part: Object) -> list[Object]:
    name = _PARTS.get(part["type"])
    if name is None:
        raise Undone
    logged: Object = {"logprobs": []} if name == "text" else {}
    empty = {**part, name: "", **({"annotations": []} if name == "text" else {})}
    annotations: list[Object] = [
        {
            "type": "response.output_text.annotation.added",
            **place,
            "annotation_index": number,
            "annotation": annotation,
        }
        for number, annotation in enumerate(part.get("annotations") or ())
    ]
    said = _text(f"response.{part['type']}", {**place, **logged}, name, part[name])
    return [
        {"type": "response.content_part.added", **place, "part": empty},
        *said[:-1],
        *annotations,
        said[-1],
        {"type": "response.content_part.done", **place, "part": part},
    ]


def _summary(place: Object, part: Object) -> list[Object]:
    empty = {**part, "text": ""}
    return [
        {"type": "response.reasoning_summary_part.added", **place, "part": empty},
        *_text("response.reasoning_summary_text", place, "text", part["text"]),
        {"type": "response.reasoning_summary_part.done", **place, "part": part},
    ]


def _text(kind: str, place: Object, name: str, text: str) -> list[Object]:
    deltas = [{"type": f"{kind}.delta", **place, "delta": piece} for piece in texts(text)]
    return [*deltas, {"type": f"{kind}.done", **place, name: text}]
