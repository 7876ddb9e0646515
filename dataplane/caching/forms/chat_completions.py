"""Chat completions."""

from typing import Any

from dataplane.caching.forms.events import DONE, Undone, events, has_done, texts, unnamed

Object = dict[str, Any]

_ENDS = frozenset({"stop", "tool_calls", "function_call"})
_OF_CHOICES = ("choices", "usage", "object", "obfuscation")
_STREAMED = ("role", "content", "tool_calls", "reasoning", "reasoning_content", "refusal")


def is_whole(body: Object) -> bool:
    """Tools that are called, or words; and no refusal."""
    choices = body["choices"]
    return bool(choices) and all(
        choice["finish_reason"] in _ENDS
        and not choice["message"].get("refusal")
        and bool(choice["message"].get("content") or choice["message"].get("tool_calls"))
        for choice in choices
    )


def text(body: Object) -> str | None:
    if len(body["choices"]) != 1 or body["choices"][0]["message"].get("tool_calls"):
        return None
    content: str | None = body["choices"][0]["message"]["content"]
    return content


def assemble(stream: bytes) -> Object:
    body: Object = {}
    choices: dict[int, Object] = {}
    for chunk in events(stream):
        if "error" in chunk:
            raise Undone
        if not body:
            body = {name: chunk[name] for name in chunk if name not in _OF_CHOICES}
        if chunk.get("usage"):
            body["usage"] = chunk["usage"]
        for choice in chunk["choices"]:
            _add(choices, choice)
    if not has_done(stream):
        raise Undone
    found = [_closed(choices[index]) for index in sorted(choices)]
    return {"object": "chat.completion", **body, "choices": found}


def _add(choices: dict[int, Object], piece: Object) -> None:
    empty = {"index": piece["index"], "message": {"role": "assistant", "content": None}}
    whole = choices.setdefault(piece["index"], {**empty, "logprobs": None, "finish_reason": None})
    _add_message(whole["message"], piece.get("delta") or {})
    if piece.get("finish_reason"):
        whole["finish_reason"] = piece["finish_reason"]
    for name, tokens in (piece.get("logprobs") or {}).items():
        whole["logprobs"] = whole["logprobs"] or {}
        whole["logprobs"][name] = [*(whole["logprobs"].get(name) or []), *(tokens or [])]


def _add_message(message: Object, delta: Object) -> None:
    for name, value in delta.items():
        if name == "role" or value is None:
            continue
        if name == "tool_calls":
            for call in value:
                _add_call(message.setdefault("tool_calls", {}), call)
        elif isinstance(value, str):
            message[name] = (message.get(name) or "") + value
        elif isinstance(value, list):
            message[name] = [*(message.get(name) or []), *value]
        else:  # sound, or something that nobody knows how to put together
            raise Undone


def _add_call(calls: dict[int, Object], piece: Object) -> None:
    call = calls.setdefault(piece["index"], {"function": {"name": "", "arguments": ""}})
    for name, value in piece.items():
        if name == "function":
            call["function"]["name"] += value.get("name") or ""
            call["function"]["arguments"] += value.get("arguments") or ""
        elif name != "index" and value is not None:
            call[name] = value


def _closed(choice: Object) -> Object:
    message = choice["message"]
    if "tool_calls" in message:
        message["tool_calls"] = [message["tool_calls"][n] for n in sorted(message["tool_calls"])]
    return choice


def take_apart(body: Object, *, with_usage: bool) -> list[bytes]:
    head = {name: body[name] for name in body if name not in _OF_CHOICES}
    head["object"] = "chat.completion.chunk"
    if with_usage:
        head["usage"] = None
    chunks = [
        unnamed({**head, "choices": [piece]})
        for choice in body["choices"]
        for piece in _pieces(choice)
    ]
    if with_usage:
        chunks.append(unnamed({**head, "choices": [], "usage": body.get("usage")}))
    return [*chunks, DONE]


def _pieces(choice: Object) -> list[Object]:
    place = {"index": choice["index"], "finish_reason": None}
    pieces = [{**place, "delta": delta} for delta in _deltas(choice["message"])]
    if choice.get("logprobs"):
        pieces[-1]["logprobs"] = choice["logprobs"]
    return [*pieces, {**place, "delta": {}, "finish_reason": choice["finish_reason"]}]


def _deltas(message: Object) -> list[Object]:
    """The role first, thoughts before words, words before calls."""
    deltas: list[Object] = [{"role": "assistant", "content": ""}]
    for name in ("reasoning", "reasoning_content"):
        deltas += [{name: text} for text in texts(message.get(name) or "")]
    others = {name: message[name] for name in message if name not in _STREAMED and message[name]}
    if others:
        deltas.append(others)
    deltas += [{"content": text} for text in texts(message.get("content") or "")]
    for index, call in enumerate(message.get("tool_calls") or ()):
        opened = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
        deltas.append({"tool_calls": [opened]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": text}}]}
            for text in texts(call["function"]["arguments"])
        ]
    return deltas
