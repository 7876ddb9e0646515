"""The events by which a response comes to be, told from the response that it becomes."""

from collections.abc import Iterator

from controlplane.simulator.replies import Json
from controlplane.simulator.wording import tokenize


def events(response: Json) -> Iterator[Json]:
    """All of them, numbered."""
    for number, event in enumerate(_events(response)):
        yield {**event, "sequence_number": number}


def _events(response: Json) -> Iterator[Json]:
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    begun["incomplete_details"] = None
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(response["output"]):
        yield _item("added", index, _empty(item))
        yield from PARTS[item["type"]](item, {"item_id": item["id"], "output_index": index})
        yield _item("done", index, item)
    yield {"type": f"response.{response['status']}", "response": response}


def _item(what: str, index: int, item: Json) -> Json:
    return {"type": f"response.output_item.{what}", "output_index": index, "item": item}


def _empty(item: Json) -> Json:
    """As it is before anything of it is said."""
    nothing: Json = {"message": {"content": []}, "reasoning": {"summary": []}}
    begun = {**item, **nothing.get(item["type"], {"arguments": ""})}
    return begun if item["type"] == "reasoning" else {**begun, "status": "in_progress"}


def _message(item: Json, place: Json) -> Iterator[Json]:
    place = {**place, "content_index": 0}
    part = item["content"][0]
    yield {"type": "response.content_part.added", **place, "part": {**part, "text": ""}}
    for token in tokenize(part["text"]):
        yield {"type": "response.output_text.delta", **place, "delta": token, "logprobs": []}
    yield {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **place, "part": part}


def _reasoning(item: Json, place: Json) -> Iterator[Json]:
    place = {**place, "summary_index": 0}
    kind, part = "response.reasoning_summary", item["summary"][0]
    yield {"type": f"{kind}_part.added", **place, "part": {**part, "text": ""}}
    for token in tokenize(part["text"]):
        yield {"type": f"{kind}_text.delta", **place, "delta": token}
    yield {"type": f"{kind}_text.done", **place, "text": part["text"]}
    yield {"type": f"{kind}_part.done", **place, "part": part}


def _function_call(item: Json, place: Json) -> Iterator[Json]:
    kind = "response.function_call_arguments"
    for piece in tokenize(item["arguments"]):
        yield {"type": f"{kind}.delta", **place, "delta": piece}
    yield {"type": f"{kind}.done", **place, "name": item["name"], "arguments": item["arguments"]}


PARTS = {"message": _message, "reasoning": _reasoning, "function_call": _function_call}
