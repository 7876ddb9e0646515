"""What chat clients are told that Claude cannot be asked, and what it refuses."""

from typing import Any

import httpx
import openai
import pytest

from tests import catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.integration.responses import claude
from tests.integration.responses.claude import MODEL
from tests.plane import Plane, booked

HELLO: Any = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"seed": 7}, "unsupported_parameter", "seed"),
        ({"n": 2}, "unsupported_parameter", "n"),
        ({"store": True}, "unsupported_parameter", "store"),
        ({"logit_bias": {"1": 1}}, "unsupported_parameter", "logit_bias"),
        ({"max_tokens": -1}, "invalid_field", "max_tokens"),
        ({"messages": []}, "invalid_field", "messages"),
        ({"messages": [{"role": "user"}]}, "invalid_field", "messages[0].content"),
        ({"extra_body": {"of_the_future": 1}}, "unsupported_parameter", "of_the_future"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_costs_nothing(
    client: openai.OpenAI, upstream: FakeUpstream, fields: Any, code: str, param: str
):
    with pytest.raises(openai.BadRequestError) as refusal:
        client.chat.completions.create(**{"model": MODEL, "messages": HELLO, **fields})

    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert upstream.asked == []
    row = booked().get()
    assert (row.status, row.error_code, row.cost_usd) == (400, code, 0)


def test_what_asks_for_nothing_passes_and_a_hint_is_named_in_a_header(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(claude.answer(claude.text("Hello.")))

    raw = client.chat.completions.with_raw_response.create(
        model=MODEL,
        messages=HELLO,
        n=1,
        frequency_penalty=0,
        logprobs=False,
        store=False,
        parallel_tool_calls=True,
        prompt_cache_key="k",
    )

    assert raw.headers["x-purser-ignored"] == "prompt_cache_key"


def test_what_one_provider_ignored_is_not_said_of_the_next(
    plane: Plane, client: openai.OpenAI, upstream: FakeUpstream
):
    near = catalog.provider("near", base_url=f"{upstream.url}/near")
    catalog.priced_model("gpt-4o", of=near)
    secret = catalog.key("vk-2", fallbacks=[{"provider": "near", "model": "gpt-4o"}])
    plane.wait_for_catalog("near/gpt-4o")
    answer = {"choices": [{"message": {"content": "Hi"}}], "usage": {}}
    upstream.script = lambda asked: whole({}, 529) if "near" not in asked.path else whole(answer)

    raw = client.with_options(api_key=secret).chat.completions.with_raw_response.create(
        model=MODEL, messages=HELLO, prompt_cache_key="k"
    )

    assert raw.headers["x-purser-provider"] == "near"
    assert "x-purser-ignored" not in raw.headers
    assert upstream.asked[-1].json["prompt_cache_key"] == "k"


@pytest.mark.parametrize("depth", [100, 400, 480, 490, 500, 5_000])
def test_a_schema_of_any_depth_is_passed_on_or_refused(
    client: openai.OpenAI, upstream: FakeUpstream, depth: int
):
    schema = '{"properties":{"a":' * depth + "{}" + "}}" * depth
    tool = f'{{"type":"function","function":{{"name":"deep","parameters":{schema}}}}}'
    messages = '[{"role":"user","content":"Hello"}]'
    body = f'{{"model":"{MODEL}","messages":{messages},"tools":[{tool}]}}'
    upstream.answers(claude.answer(claude.text("Hello.")))

    answer = httpx.post(
        f"{client.base_url}chat/completions",
        content=body,
        headers={"authorization": f"Bearer {client.api_key}"},
    )

    assert answer.status_code in (200, 400), answer.text


def test_a_refusal_of_the_provider_comes_in_openais_envelope(
    client: openai.OpenAI, upstream: FakeUpstream
):
    error = {"type": "invalid_request_error", "message": "messages: too long"}
    upstream.answers(whole({"type": "error", "error": error}, status=400))

    with pytest.raises(openai.BadRequestError) as refusal:
        client.chat.completions.create(model=MODEL, messages=HELLO)

    assert refusal.value.code == "upstream_refused"
    assert "messages: too long" in refusal.value.message
