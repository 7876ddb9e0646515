"""Streams, with the SDK's plain iterator and with its helper that accumulates them."""

from typing import Any

import openai
import pydantic
import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.responses import claude
from tests.integration.responses.claude import MODEL
from tests.integration.responses.test_answers import TOOLS, City
from tests.plane import booked


def test_a_stream_is_accumulated_into_the_response(client: openai.OpenAI, upstream: FakeUpstream):
    blocks = (claude.THOUGHT, claude.text("Looking at it."), claude.WEATHER, claude.TIME)
    upstream.answers(claude.streamed(*blocks, stop_reason="tool_use"))

    with client.responses.stream(model=MODEL, input="Weather?", tools=TOOLS) as stream:
        events = list(stream)
        response = stream.get_final_response()

    thought, words, weather, time = response.output
    assert thought.type == "reasoning"
    assert thought.summary[0].text == "Paris is in France."
    assert words.type == "message"
    assert response.output_text == "Looking at it."
    assert weather.type == time.type == "function_call"
    assert (weather.call_id, weather.arguments) == ("toolu_1", '{"city": "Paris"}')
    assert (time.name, time.arguments) == ("time", "{}")
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (24, 30)
    snapshots = [event.snapshot for event in events if event.type == "response.output_text.delta"]
    assert snapshots[:2] == ["Look", "Looking "]
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_a_stream_has_its_end_and_no_marker_after_it(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.streamed(claude.text("Hello.")))

    raw = client.responses.with_raw_response.create(model=MODEL, input="Hi", stream=True)
    body = raw.http_response.read().decode()

    assert "[DONE]" not in body
    assert body.rstrip().rpartition("event: ")[2].startswith("response.completed")
    row = booked().get()
    assert row.streamed is True
    assert (row.input_tokens, row.output_tokens, row.usage_source) == (24, 30, "provider")


def test_thoughts_of_a_stream_can_be_given_back(client: openai.OpenAI, upstream: FakeUpstream):
    blocks = (claude.THOUGHT, claude.REDACTED, claude.WEATHER)
    upstream.answers(claude.streamed(*blocks, stop_reason="tool_use"))
    turns: Any = [{"role": "user", "content": "Weather?"}]
    with client.responses.stream(model=MODEL, input=turns, tools=TOOLS) as stream:
        output = stream.get_final_response().output
    upstream.answers(claude.answer(claude.text("12 degrees.")))

    turns += [item.model_dump(exclude={"parsed_arguments"}) for item in output]
    turns.append({"type": "function_call_output", "call_id": "toolu_1", "output": "12"})
    client.responses.create(model=MODEL, input=turns, tools=TOOLS)

    assert upstream.asked[1].json["messages"][1]["content"] == list(blocks)


def test_a_streamed_answer_to_a_schema_is_parsed(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.streamed(claude.text('{"name": "Paris", "country": "France"}')))

    with client.responses.stream(model=MODEL, input="A city", text_format=City) as stream:
        parsed = stream.get_final_response().output_parsed

    assert parsed == City(name="Paris", country="France")


def test_a_function_of_the_sdk_is_called_with_parsed_arguments(
    client: openai.OpenAI, upstream: FakeUpstream
):
    class Weather(pydantic.BaseModel):
        city: str

    upstream.answers(claude.streamed({**claude.WEATHER, "name": "Weather"}, stop_reason="tool_use"))

    with client.responses.stream(
        model=MODEL, input="Weather?", tools=[openai.pydantic_function_tool(Weather)]
    ) as stream:
        (call,) = stream.get_final_response().output

    assert call.type == "function_call"
    assert call.parsed_arguments == Weather(city="Paris")


def test_a_stream_that_was_cut_ends_as_incomplete(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(claude.streamed(claude.text("Once upon"), stop_reason="max_tokens"))

    with client.responses.create(model=MODEL, input="A story", stream=True) as events:
        last = list(events)[-1]

    assert last.type == "response.incomplete"
    assert last.response.incomplete_details is not None
    assert last.response.incomplete_details.reason == "max_output_tokens"
    assert last.response.output_text == "Once upon"


def test_a_stream_that_breaks_ends_with_an_error(client: openai.OpenAI, upstream: FakeUpstream):
    error = {"type": "overloaded_error", "message": "Overloaded"}
    upstream.answers(claude.broken("Once ", "upon", error=error))

    with client.responses.create(model=MODEL, input="A story", stream=True) as events:
        *before, last = list(events)

    assert last.type == "error"
    assert last.code == "upstream_failed"
    kinds = [event.type for event in before]
    assert kinds.count("response.output_text.delta") == 2
    assert "response.completed" not in kinds
    assert booked().get().error_code == "upstream_failed"


def test_a_stream_that_fails_before_its_first_word_is_an_error_of_http(
    client: openai.OpenAI, upstream: FakeUpstream
):
    error = {"type": "overloaded_error", "message": "Overloaded"}
    upstream.answers(claude.broken(error=error))

    with pytest.raises(openai.APIStatusError) as failure:
        client.responses.create(model=MODEL, input="A story", stream=True)

    assert failure.value.status_code == 502
