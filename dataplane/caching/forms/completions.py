"""Text completions."""

from typing import Any

from dataplane.caching.forms.events import DONE, Undone, events, has_done, texts, unnamed

_OF_CHOICES = ("choices", "usage")
_KNOWN = {"index", "text", "logprobs", "finish_reason"}


def is_whole(body: dict[str, Any]) -> bool:
    choices = body["choices"]
    return bool(choices) and all(choice["finish_reason"] == "stop" for choice in choices)


def text(body: dict[str, Any]) -> str | None:
    return None


def assemble(stream: bytes) -> dict[str, Any]:
    body: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in events(stream):
        if "error" in chunk:
            raise Undone
        body = body or {name: chunk[name] for name in chunk if name not in _OF_CHOICES}
        if chunk.get("usage"):
            body["usage"] = chunk["usage"]
        for choice in chunk["choices"]:
            if choice.get("logprobs") or not _KNOWN.issuperset(choice):
                raise Undone
            whole = choices.setdefault(choice["index"], {"index": choice["index"], "text": ""})
            whole["text"] += choice.get("text") or ""
            whole["logprobs"] = None
            whole["finish_reason"] = choice.get("finish_reason") or whole.get("finish_reason")
    if not has_done(stream):
        raise Undone
    return {**body, "choices": [choices[index] for index in sorted(choices)]}


def take_apart(body: dict[str, Any], *, with_usage: bool) -> list[bytes]:
    head = {name: body[name] for name in body if name not in _OF_CHOICES}
    pieces = []
    for choice in body["choices"]:
        place = {"index": choice["index"], "logprobs": None, "finish_reason": None}
        pieces += [{**place, "text": text} for text in texts(choice["text"])]
        pieces.append({**choice, "text": ""})
    chunks = [unnamed({**head, "choices": [piece]}) for piece in pieces]
    if with_usage:
        chunks.append(unnamed({**head, "choices": [], "usage": body.get("usage")}))
    return [*chunks, DONE]
