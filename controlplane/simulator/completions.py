"""POST /v1/completions: the older form, which echoes every prompt."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from controlplane.simulator import fields, models
from controlplane.simulator.replies import Json, Refused, Stream, Whole
from controlplane.simulator.wording import FINGERPRINT, NOTICE, Utterance, count, say, usage

OUTPUT_TOKENS_DEFAULT = 16


def answer(request: Json) -> Whole | Stream:
    model = fields.required(request, "model", str)
    models.check(model, models.CHAT)
    prompts = texts(request, "prompt")
    limit = fields.whole_number(request, "max_tokens") or OUTPUT_TOKENS_DEFAULT
    stop = fields.stop_sequences(request)
    choices = [
        say(f"{NOTICE} You said: {prompt}", tokens_max=limit, stop=stop)
        for prompt in prompts
        for _ in range(fields.choices(request))
    ]
    total = usage(sum(map(count, prompts)), sum(len(choice.tokens) for choice in choices))
    if not fields.optional(request, "stream", bool):
        return Whole(_envelope(model) | {"choices": _choices(choices), "usage": total})
    options = fields.optional(request, "stream_options", dict) or {}
    return Stream(_events(model, choices, total if options.get("include_usage") else None))


def texts(request: Json, name: str) -> list[str]:
    """One or many texts, each a string or a list of token numbers."""
    value = request.get(name)
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        raise Refused(f"'{name}' must be a text or a list of them.", param=name)
    if all(isinstance(item, int) for item in value):
        return [_of_numbers(value)]
    return [item if isinstance(item, str) else _of_numbers(item) for item in value]


def _of_numbers(numbers: Any) -> str:
    return " ".join(map(str, numbers)) if isinstance(numbers, list) else str(numbers)


def _envelope(model: str) -> Json:
    return {
        "id": f"cmpl-{uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": model,
        "system_fingerprint": FINGERPRINT,
    }


def _choices(choices: list[Utterance]) -> list[Json]:
    return [
        _choice(index, choice.text, choice.finish_reason) for index, choice in enumerate(choices)
    ]


def _choice(index: int, text: str, finish_reason: str | None) -> Json:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": finish_reason}


def _events(model: str, choices: list[Utterance], total: Json | None) -> Iterator[Json]:
    envelope = _envelope(model)
    for index, choice in enumerate(choices):
        for token in choice.tokens:
            yield envelope | {"choices": [_choice(index, token, None)]}
        yield envelope | {"choices": [_choice(index, "", choice.finish_reason)]}
    if total is not None:
        yield envelope | {"choices": [], "usage": total}
