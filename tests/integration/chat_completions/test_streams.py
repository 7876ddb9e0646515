"""Streams of Claude for OpenAI's SDK."""

from typing import Any

import openai
import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.responses import claude
from tests.integration.responses.claude import MODEL
from tests.plane import booked

HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("weather", "time")
]


def test_a_stream_is_put_together_as_a_whole_answer(client: openai.OpenAI, upstream: FakeUpstream):
    blocks = (claude.THOUGHT, claude.text("Looking it up."), claude.WEATHER, claude.TIME)
    upstream.answers(claude.streamed(*blocks, stop_reason="tool_use"))

    with client.chat.completions.stream(model=MODEL, messages=HELLO, tools=TOOLS) as stream:
        choice = stream.get_final_completion().choices[0]

    assert choice.message.content == "Looking it up."
    assert choice.finish_reason == "tool_calls"
    calls: Any = choice.message.tool_calls
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("toolu_1", "weather", '{"city": "Paris"}'),
        ("toolu_2", "time", "{}"),
    ]


def test_usage_comes_to_those_who_ask_and_into_the_books(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(claude.streamed(claude.text("Hello.")))
    asked: dict[str, Any] = {"model": MODEL, "messages": HELLO, "stream": True}

    without = list(client.chat.completions.create(**asked))
    with_usage = list(
        client.chat.completions.create(**asked, stream_options={"include_usage": True})
    )

    assert all(chunk.usage is None and chunk.choices for chunk in without)
    assert with_usage[-1].choices == []
    assert with_usage[-1].usage is not None
    assert with_usage[-1].usage.total_tokens == 54
    assert [row.output_tokens for row in booked().all()] == [30, 30]


def test_thoughts_are_streamed_and_can_be_given_back(client: openai.OpenAI, upstream: FakeUpstream):
    blocks = (claude.THOUGHT, claude.REDACTED, claude.text("Paris."))
    upstream.answers(claude.streamed(*blocks))
    chunks = client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
    deltas: list[Any] = [chunk.choices[0].delta for chunk in chunks]
    answer = {
        "role": "assistant",
        "content": "".join(delta.content or "" for delta in deltas),
        "reasoning_details": [
            detail for delta in deltas for detail in getattr(delta, "reasoning_details", ())
        ],
    }

    upstream.answers(claude.answer(claude.text("Yes.")))
    turns: Any = [*HELLO, answer, *HELLO]
    client.chat.completions.create(model=MODEL, messages=turns)

    assert upstream.asked[1].json["messages"][1]["content"] == list(blocks)


def test_an_error_in_the_middle_ends_the_stream_as_one(
    client: openai.OpenAI, upstream: FakeUpstream
):
    error = {"type": "overloaded_error", "message": "Overloaded"}
    upstream.answers(claude.broken("Once ", "upon", error=error))
    found: list[str] = []
    chunks = client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)

    with pytest.raises(openai.APIError) as failure:
        found.extend(chunk.choices[0].delta.content or "" for chunk in chunks)

    assert "".join(found) == "Once upon"
    assert failure.value.code == "upstream_failed"
    assert booked().get().error_code == "upstream_failed"
