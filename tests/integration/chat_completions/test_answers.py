"""Whole answers of Claude for OpenAI's SDK, and conversations that go on from them."""

from typing import Any

import httpx
import openai
import pydantic
import pytest

from tests import catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.integration.responses import claude
from tests.integration.responses.claude import MODEL
from tests.plane import Plane, booked

TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Tells the {name}",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
    for name in ("weather", "time")
]
HELLO: Any = [{"role": "user", "content": "Hello"}]


class City(pydantic.BaseModel):
    name: str
    country: str


def test_an_answer_is_a_completion(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.text("Hello.")))

    answer = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "system", "content": "Be brief"}, *HELLO],
        max_completion_tokens=100,
    )

    assert answer.choices[0].message.content == "Hello."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "claude-sonnet-4-5-20250929"
    assert answer.id == "chatcmpl-msg_1"
    sent = upstream.asked[0].json
    assert upstream.asked[0].path == "/v1/messages"
    assert sent["system"] == "Be brief"
    assert sent["max_tokens"] == 100
    assert sent["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]


def test_usage_is_what_the_provider_said_in_openais_words_and_booked(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(claude.answer(claude.text("Hello.")))

    usage = client.chat.completions.create(model=MODEL, messages=HELLO).usage

    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (24, 30, 54)
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 8
    assert usage.prompt_tokens_details.cache_write_tokens == 4
    row = booked().get()
    assert (row.input_tokens, row.cached_input_tokens, row.output_tokens) == (24, 8, 30)
    assert row.cache_write_tokens == 4
    assert row.usage_source == "provider"


def test_tools_are_called_and_answered_and_thoughts_come_back(
    client: openai.OpenAI, upstream: FakeUpstream
):
    """What came goes in again as the SDK has it, with the results."""
    blocks = (claude.THOUGHT, claude.REDACTED, claude.text("Looking."), claude.WEATHER, claude.TIME)
    upstream.answers(claude.answer(*blocks, stop_reason="tool_use"))
    asked: dict[str, Any] = {"model": MODEL, "tools": TOOLS, "reasoning_effort": "low"}
    turns: Any = [{"role": "user", "content": "Weather and time in Paris?"}]
    choice = client.chat.completions.create(messages=turns, **asked).choices[0]

    assert choice.finish_reason == "tool_calls"
    calls: Any = choice.message.tool_calls
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("toolu_1", "weather", '{"city":"Paris"}'),
        ("toolu_2", "time", "{}"),
    ]
    turns.append(choice.message.model_dump())
    turns += [{"role": "tool", "tool_call_id": call.id, "content": "12"} for call in calls]
    upstream.answers(claude.answer(claude.text("12 degrees at noon.")))
    second = client.chat.completions.create(messages=turns, **asked).choices[0]

    assert second.message.content == "12 degrees at noon."
    _, assistant, results = upstream.asked[1].json["messages"]
    assert assistant == {"role": "assistant", "content": list(blocks)}
    assert [result["tool_use_id"] for result in results["content"]] == ["toolu_1", "toolu_2"]


def test_the_older_form_of_functions_works_both_ways(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.WEATHER, stop_reason="tool_use"))
    functions = [tool["function"] for tool in TOOLS]
    turns: Any = [{"role": "user", "content": "Weather?"}]

    choice = client.chat.completions.create(
        model=MODEL, messages=turns, functions=functions, function_call={"name": "weather"}
    ).choices[0]
    turns += [
        choice.message.model_dump(),
        {"role": "function", "name": "weather", "content": "12"},
    ]
    client.chat.completions.create(model=MODEL, messages=turns, functions=functions)

    assert choice.finish_reason == "function_call"
    assert choice.message.function_call is not None
    assert choice.message.function_call.arguments == '{"city":"Paris"}'
    first, second = (asked.json for asked in upstream.asked)
    assert first["tool_choice"] == {"type": "tool", "name": "weather"}
    _, assistant, results = second["messages"]
    assert results["content"][0]["tool_use_id"] == assistant["content"][0]["id"]


def test_an_answer_to_a_schema_is_parsed(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.text('{"name": "Paris", "country": "France"}')))

    answer = client.chat.completions.parse(model=MODEL, messages=HELLO, response_format=City)

    assert answer.choices[0].message.parsed == City(name="Paris", country="France")


def test_an_answer_that_was_cut_says_so(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.text("Once"), stop_reason="max_tokens"))

    answer = client.chat.completions.create(model=MODEL, messages=HELLO, max_tokens=16)

    assert answer.choices[0].finish_reason == "length"


def test_a_refusal_is_told(client: openai.OpenAI, upstream: FakeUpstream):
    details = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
    upstream.answers(claude.answer(stop_reason="refusal", stop_details=details))

    choice = client.chat.completions.create(model=MODEL, messages=HELLO).choices[0]

    assert choice.message.refusal == "Not this."
    assert choice.finish_reason == "content_filter"


def test_images_documents_and_cache_marks_reach_the_provider(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(claude.answer(claude.text("A dot.")))
    png = {"url": "data:image/png;base64,iVBORw0KGgo="}
    pdf = {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}
    marked = {"type": "text", "text": "What is it?", "cache_control": {"type": "ephemeral"}}
    parts: Any = [{"type": "image_url", "image_url": png}, {"type": "file", "file": pdf}, marked]

    client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": parts}])

    image, document, text = upstream.asked[0].json["messages"][0]["content"]
    assert image["source"]["data"] == "iVBORw0KGgo="
    assert document["source"]["media_type"] == "application/pdf"
    assert text["cache_control"] == {"type": "ephemeral"}


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
