"""Events of the Responses API, which say `Hello` (synthetic)."""

from typing import Any

USAGE = {
    "input_tokens": 12,
    "input_tokens_details": {"cached_tokens": 8},
    "output_tokens": 30,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 42,
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "gpt-5",
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": None,
}


def item(*content: dict[str, Any]) -> dict[str, Any]:
    known = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
    return {**known, "content": list(content)}


def lifecycle(kind: str, status: str, *output: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = {**RESPONSE, "status": status, "output": list(output), **fields}
    return {"type": f"response.{kind}", "response": response, "sequence_number": 0}


def delta(kind: str, words: str) -> dict[str, Any]:
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "sequence_number": 1}
    return {"type": f"response.{kind}.delta", "delta": words, "logprobs": [], **place}


TEXT = {"type": "output_text", "text": "Hello", "annotations": []}
BEGUN = [lifecycle("created", "in_progress"), lifecycle("in_progress", "in_progress")]
HELLO = [delta("output_text", "Hel"), delta("output_text", "lo")]
COMPLETED = lifecycle("completed", "completed", item(TEXT), usage=USAGE)
