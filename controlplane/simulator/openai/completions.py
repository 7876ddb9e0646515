"""POST /v1/completions: the older form, which echoes every prompt."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from controlplane.simulator import fields, models
from controlplane.simulator.openai import asking
from controlplane.simulator.openai.chat_completions import DONE
from controlplane.simulator.openai.errors import CHAT_MIDWAY
from controlplane.simulator.replies import Json, Refused, Reply, Request, Stream, Whole, event
from controlplane.simulator.wording import FINGERPRINT, NOTICE, Utterance, count, say

OUTPUT_TOKENS_DEFAULT = 16


def answer(request: Request) -> Reply:
    body = {**request.body, "model": request.model}
    model = fields.required(body, "model", str)
    models.check(model, models.CHAT)
    prompts = texts(body, "prompt")
    limit = fields.whole_number(body, "max_tokens") or OUTPUT_TOKENS_DEFAULT
    stop = fields.words(body.get("stop"))
    choices = [
        say(f"{NOTICE} You said: {prompt}", tokens_max=limit, stop=stop)
        for prompt in prompts
        for _ in range(asking.choices(body))
    ]
    total = asking.usage(sum(map(count, prompts)), sum(len(each.tokens) for each in choices))
    if not fields.optional(body, "stream", bool):
        return Whole(_envelope(model) | {"choices": _choices(choices), "usage": total})
    options = fields.inner(body, "stream_options")
    events = _events(model, choices, total if options.get("include_usage") else None)
    return Stream(events, CHAT_MIDWAY)


def texts(body: Json, name: str) -> list[str]:
    """One or many texts, each a string or a list of token numbers."""
    value = body.get(name)
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
    return [_choice(index, each.text, _finish_reason(each)) for index, each in enumerate(choices)]


def _choice(index: int, text: str, finish_reason: str | None) -> Json:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": finish_reason}


def _finish_reason(said: Utterance) -> str:
    return "length" if said.is_cut else "stop"


def _events(model: str, choices: list[Utterance], total: Json | None) -> Iterator[bytes]:
    envelope = _envelope(model)
    for index, said in enumerate(choices):
        for token in said.tokens:
            yield event(envelope | {"choices": [_choice(index, token, None)]})
        yield event(envelope | {"choices": [_choice(index, "", _finish_reason(said))]})
    if total is not None:
        yield event(envelope | {"choices": [], "usage": total})
    yield DONE
