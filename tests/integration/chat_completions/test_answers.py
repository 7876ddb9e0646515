"""Whole answers of Claude for OpenAI's SDK, and conversations that go on from them."""

from typing import Any

import openai
import pydantic

from tests.fakes.upstream import FakeUpstream
from tests.integration.responses import claude
from tests.integration.responses.claude import MODEL
from tests.plane import booked

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
