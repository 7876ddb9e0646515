"""POST /v1/chat/completions: echoes the last user message, or calls a tool."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from controlplane.simulator import fields, models, tools
from controlplane.simulator.replies import Json, Stream, Whole
from controlplane.simulator.wording import FINGERPRINT, NOTICE, Utterance, count, say, usage

MESSAGE_TOKENS = 4
MEDIA_TOKENS = 85


@dataclass(frozen=True)
class Completion:
    """Everything that is said, before it takes the form of a body or of events."""

    model: str
    choices: list[Utterance]
    call: tools.ToolCall | None
    input_tokens: int

    @property
    def finish_reasons(self) -> list[str]:
        return ["tool_calls" if self.call else choice.finish_reason for choice in self.choices]

    @property
    def usage(self) -> Json:
        call_tokens = self.call.tokens if self.call else 0
        spoken = sum(len(choice.tokens) + call_tokens for choice in self.choices)
        return usage(self.input_tokens, spoken)

    def envelope(self, kind: str) -> Json:
        return {
            "id": f"chatcmpl-{uuid4().hex}",
            "object": kind,
            "created": int(time.time()),
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
        }


def answer(request: Json) -> Whole | Stream:
    completion = _complete(request)
    if not fields.optional(request, "stream", bool):
        return Whole(_body(completion))
    options = fields.optional(request, "stream_options", dict) or {}
    return Stream(_events(completion, with_usage=bool(options.get("include_usage"))))


def _complete(request: Json) -> Completion:
    model = fields.required(request, "model", str)
    models.check(model, models.CHAT)
    messages = fields.required(request, "messages", list)
    call = tools.choose(request, _last_text(messages))
    limit = fields.whole_number(request, "max_completion_tokens") or fields.whole_number(
        request, "max_tokens"
    )
    text = _wording(request, messages, call)
    utterance = say(text, tokens_max=limit, stop=fields.stop_sequences(request))
    return Completion(
        model, [utterance] * fields.choices(request), call, _input_tokens(request, messages)
    )


def _wording(request: Json, messages: list[Any], call: tools.ToolCall | None) -> str:
    if call is not None:
        return f"{NOTICE} It calls {call.name}, as asked."
    said = _last_text(messages)
    form = fields.optional(request, "response_format", dict) or {}
    if form.get("type") in ("json_object", "json_schema"):
        return msgspec.json.encode({"notice": NOTICE, "you_said": said}).decode()
    return f"{NOTICE} You said: {said}"


def _last_text(messages: list[Any]) -> str:
    return _text(messages[-1]) if messages else ""


def _text(message: Any) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return " ".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _input_tokens(request: Json, messages: list[Any]) -> int:
    tokens = sum(MESSAGE_TOKENS + count(_text(message)) + _media(message) for message in messages)
    if tools_offered := request.get("tools"):
        tokens += count(msgspec.json.encode(tools_offered).decode())
    return tokens


def _media(message: Any) -> int:
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return MEDIA_TOKENS * sum(isinstance(part, dict) and "text" not in part for part in parts)


def _body(completion: Completion) -> Json:
    return completion.envelope("chat.completion") | {
        "choices": [
            {
                "index": index,
                "message": _message(choice, completion.call),
                "logprobs": None,
                "finish_reason": completion.finish_reasons[index],
            }
            for index, choice in enumerate(completion.choices)
        ],
        "usage": completion.usage,
    }


def _message(choice: Utterance, call: tools.ToolCall | None) -> Json:
    message: Json = {"role": "assistant", "content": choice.text, "refusal": None}
    return message | ({"tool_calls": [call.body()]} if call else {})


def _events(completion: Completion, *, with_usage: bool) -> Iterator[Json]:
    envelope = completion.envelope("chat.completion.chunk")
    if with_usage:
        envelope["usage"] = None
    for index, choice in enumerate(completion.choices):
        for delta in _deltas(choice, completion.call):
            yield envelope | {"choices": [_chunk_choice(index, delta, None)]}
        reason = completion.finish_reasons[index]
        yield envelope | {"choices": [_chunk_choice(index, {}, reason)]}
    if with_usage:
        yield envelope | {"choices": [], "usage": completion.usage}


def _deltas(choice: Utterance, call: tools.ToolCall | None) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    yield from ({"content": token} for token in choice.tokens)
    if call:
        yield from ({"tool_calls": [part]} for part in call.deltas())


def _chunk_choice(index: int, delta: Json, finish_reason: str | None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
