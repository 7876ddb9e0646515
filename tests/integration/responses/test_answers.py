"""Whole answers, and conversations that go on from them."""

from decimal import Decimal
from typing import Any

import openai
import pydantic
import pytest

from tests import builders
from tests.fakes.upstream import FakeUpstream, whole
from tests.integration.responses import claude
from tests.integration.responses.claude import MODEL
from tests.plane import booked

TOOLS: list[Any] = [
    {
        "type": "function",
        "name": name,
        "description": f"Tells the {name}",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        "strict": False,
    }
    for name in ("weather", "time")
]


class City(pydantic.BaseModel):
    name: str
    country: str


def test_an_answer_is_a_response(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.text("Hello.")))

    response = client.responses.create(
        model=MODEL, input="Hi", instructions="Be brief", max_output_tokens=100
    )

    assert response.output_text == "Hello."
    assert response.status == "completed"
    assert response.model == "claude-sonnet-4-5-20250929"
    assert response.instructions == "Be brief"
    assert response.store is False
    sent = upstream.asked[0].json
    assert upstream.asked[0].path == "/v1/messages"
    assert sent["system"] == "Be brief"
    assert sent["max_tokens"] == 100
    assert sent["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]


def test_usage_is_what_the_provider_said_in_openais_words_and_booked(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(claude.answer(claude.text("Hello.")))

    usage = client.responses.create(model=MODEL, input="Hi").usage

    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (24, 30, 54)
    assert usage.input_tokens_details.cached_tokens == 8
    row = booked().get()
    assert (row.input_tokens, row.cached_input_tokens, row.output_tokens) == (24, 8, 30)
    assert row.cache_write_tokens == 4
    assert row.usage_source == "provider"


def test_tools_are_called_and_answered(client: openai.OpenAI, upstream: FakeUpstream):
    """As a client without state does it: what came back goes in again, with the results."""
    blocks = (claude.THOUGHT, claude.REDACTED, claude.text("Looking."), claude.WEATHER, claude.TIME)
    upstream.answers(claude.answer(*blocks, stop_reason="tool_use"))
    turns: Any = [{"role": "user", "content": "Weather and time in Paris?"}]
    thinking: Any = {"effort": "low", "summary": "auto"}
    first = client.responses.create(model=MODEL, input=turns, tools=TOOLS, reasoning=thinking)

    calls = [item for item in first.output if item.type == "function_call"]
    assert [(call.call_id, call.name, call.arguments) for call in calls] == [
        ("toolu_1", "weather", '{"city":"Paris"}'),
        ("toolu_2", "time", "{}"),
    ]
    turns += first.output
    turns += [
        {"type": "function_call_output", "call_id": call.call_id, "output": "12"} for call in calls
    ]
    upstream.answers(claude.answer(claude.text("12 degrees at noon.")))
    second = client.responses.create(model=MODEL, input=turns, tools=TOOLS, reasoning=thinking)

    assert second.output_text == "12 degrees at noon."
    _, assistant, results = upstream.asked[1].json["messages"]
    assert assistant == {"role": "assistant", "content": list(blocks)}
    assert [result["tool_use_id"] for result in results["content"]] == ["toolu_1", "toolu_2"]


def test_an_answer_to_a_schema_is_parsed(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.text('{"name": "Paris", "country": "France"}')))

    response = client.responses.parse(model=MODEL, input="A city", text_format=City)

    assert response.output_parsed == City(name="Paris", country="France")
    sent = upstream.asked[0].json["output_config"]["format"]
    assert sent["schema"]["required"] == ["name", "country"]


def test_an_answer_that_was_cut_is_incomplete(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.text("Once"), stop_reason="max_tokens"))

    response = client.responses.create(model=MODEL, input="A story", max_output_tokens=16)

    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output_text == "Once"


def test_a_refusal_is_one(client: openai.OpenAI, upstream: FakeUpstream):
    details = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
    upstream.answers(claude.answer(stop_reason="refusal", stop_details=details))

    (message,) = client.responses.create(model=MODEL, input="Do harm").output

    assert message.type == "message"
    assert message.content[0].type == "refusal"
    assert message.content[0].refusal == "Not this."


def test_images_and_documents_reach_the_provider(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.answer(claude.text("A dot.")))

    client.responses.create(
        model=MODEL,
        input=[
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is it?"},
                    {
                        "type": "input_image",
                        "detail": "auto",
                        "image_url": "data:image/png;base64,iVBORw0KGgo=",
                    },
                    {"type": "input_file", "filename": "a.pdf", "file_data": "JVBERi0="},
                ],
            }
        ],
    )

    _, image, document = upstream.asked[0].json["messages"][0]["content"]
    assert image["source"] == {
        "type": "base64",
        "media_type": "image/png",
        "data": "iVBORw0KGgo=",
    }
    assert document["source"]["media_type"] == "application/pdf"


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"previous_response_id": "resp_1"}, "unsupported_parameter", "previous_response_id"),
        ({"tools": [{"type": "web_search"}]}, "unsupported_parameter", "tools[0]"),
        ({"text": {"verbosity": "low"}}, "unsupported_parameter", "text.verbosity"),
        ({"temperature": 1.5}, "unsupported_parameter", "temperature"),
        ({"input": [{"role": "user"}]}, "missing_field", "input[0].content"),
        ({"input": []}, "invalid_field", "input"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_costs_nothing(
    client: openai.OpenAI, upstream: FakeUpstream, fields: Any, code: str, param: str
):
    with pytest.raises(openai.BadRequestError) as refusal:
        client.responses.create(**{"model": MODEL, "input": "Hi", **fields})

    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert upstream.asked == []
    row = booked().get()
    assert (row.status, row.error_code) == (400, code)
    assert row.cost_usd == 0


def test_a_hint_that_was_ignored_is_named_in_a_header(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(claude.answer(claude.text("Hello.")))

    raw = client.responses.with_raw_response.create(
        model=MODEL, input="Hi", store=True, prompt_cache_key="k"
    )

    assert raw.headers["x-purser-ignored"] == "store, prompt_cache_key"


def test_a_refusal_of_the_provider_comes_in_openais_envelope(
    client: openai.OpenAI, upstream: FakeUpstream
):
    error = {"type": "invalid_request_error", "message": "messages: too long"}
    upstream.answers(whole({"type": "error", "error": error}, status=400))

    with pytest.raises(openai.BadRequestError) as refusal:
        client.responses.create(model=MODEL, input="Hi")

    assert refusal.value.code == "upstream_refused"
    assert "messages: too long" in refusal.value.message


@pytest.mark.parametrize("fields", [{"input": []}, {"truncation": "auto"}])
def test_what_was_set_aside_for_a_refused_request_is_given_back(
    client: openai.OpenAI, upstream: FakeUpstream, fields: Any
):
    """The budget has room for two requests at once."""
    builders.budget(limit_usd=Decimal("0.005"))
    upstream.answers(claude.answer(claude.text("Hello.")))

    for _ in range(10):
        with pytest.raises(openai.BadRequestError):
            client.responses.create(
                **{"model": MODEL, "input": "Hi", "max_output_tokens": 150, **fields}
            )
    response = client.responses.create(model=MODEL, input="Hi", max_output_tokens=150)

    assert response.output_text == "Hello."
    assert booked().filter(status=400).first().attempts == []
