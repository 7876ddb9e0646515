"""Anthropic's Messages."""

from typing import Any

import msgspec

from dataplane.caching.forms.events import Undone, events, named, texts

Object = dict[str, Any]

_ENDS = frozenset({"end_turn", "stop_sequence", "tool_use"})
_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


def is_whole(body: Object) -> bool:
    return body["stop_reason"] in _ENDS and bool(body["content"])


def text(body: Object) -> str | None:
    blocks = [block for block in body["content"] if block["type"] != "thinking"]
    if any(block["type"] != "text" for block in blocks):
        return None
    return "".join(block["text"] for block in blocks)


def assemble(stream: bytes) -> Object:
    body: Object = {}
    blocks: dict[int, Object] = {}
    inputs: dict[int, str] = {}
    is_done = False
    for event in events(stream):
        match event["type"]:
            case "message_start":
                body = dict(event["message"])
            case "content_block_start":
                blocks[event["index"]] = dict(event["content_block"])
            case "content_block_delta":
                _add(blocks[event["index"]], inputs, event)
            case "message_delta":
                body |= event["delta"]
                body["usage"] = {**body.get("usage", {}), **(event.get("usage") or {})}
            case "message_stop":
                is_done = True
            case "error":
                raise Undone
    if not is_done:
        raise Undone
    for index, text in inputs.items():
        blocks[index]["input"] = msgspec.json.decode(text or "{}")
    return {**body, "content": [blocks[index] for index in sorted(blocks)]}


def _add(block: Object, inputs: dict[int, str], event: Object) -> None:
    delta = event["delta"]
    if name := _DELTAS.get(delta["type"]):
        block[name] = (block.get(name) or "") + delta[name]
    elif delta["type"] == "input_json_delta":
        inputs[event["index"]] = inputs.get(event["index"], "") + delta["partial_json"]
    elif delta["type"] == "citations_delta":
        block["citations"] = [*(block.get("citations") or []), delta["citation"]]
    else:
        raise Undone


def take_apart(body: Object, *, with_usage: bool) -> list[bytes]:
    """Usage is part of every stream here."""
    usage = body.get("usage") or {}
    begun = {
        **body,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**usage, "output_tokens": 0},
    }
    stop = {name: body.get(name) for name in ("stop_reason", "stop_sequence")}
    found: list[Object] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(body["content"]):
        found += _block(index, block)
    found.append({"type": "message_delta", "delta": stop, "usage": usage})
    return [named(event) for event in (*found, {"type": "message_stop"})]


def _block(index: int, block: Object) -> list[Object]:
    opened, deltas = _opened(block)
    place = {"index": index}
    return [
        {"type": "content_block_start", **place, "content_block": opened},
        *({"type": "content_block_delta", **place, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", **place},
    ]


def _opened(block: Object) -> tuple[Object, list[Object]]:
    """A block before its first word, and what is said in it."""
    if block["type"] == "text":
        cited = [{"type": "citations_delta", "citation": c} for c in block.get("citations") or ()]
        words = [{"type": "text_delta", "text": text} for text in texts(block["text"])]
        cites: Object = {"citations": []} if cited else {}
        return {**block, "text": "", **cites}, [*words, *cited]
    if block["type"] == "thinking":
        words = [{"type": "thinking_delta", "thinking": t} for t in texts(block["thinking"])]
        signed = [{"type": "signature_delta", "signature": block.get("signature") or ""}]
        return {**block, "thinking": "", "signature": ""}, [*words, *signed]
    if block["type"] in _CALLS:
        text = msgspec.json.encode(block["input"]).decode() if block["input"] else ""
        parts = [{"type": "input_json_delta", "partial_json": part} for part in texts(text)]
        return {**block, "input": {}}, parts
    return block, []
