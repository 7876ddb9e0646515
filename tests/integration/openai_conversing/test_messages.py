"""OpenAI and servers like it for Anthropic's SDK."""

from typing import Any

import anthropic
import pytest

from tests.fakes.upstream import FakeUpstream, whole
from tests.integration.openai_conversing import gpt
from tests.integration.openai_conversing.gpt import MODEL
from tests.plane import booked

HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOLS: Any = [
    {"name": name, "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
    for name in ("weather", "time")
]
ASKED: dict[str, Any] = {"model": MODEL, "max_tokens": 100}


@pytest.mark.parametrize(
    ("server", "path", "limit"),
    [
        ("openai", "/v1/chat/completions", "max_completion_tokens"),
        ("azure_openai", "/v1/chat/completions", "max_completion_tokens"),
        ("deepseek", "/v1/chat/completions", "max_tokens"),
    ],
)
def test_an_answer_is_a_message(
    client: anthropic.Anthropic, upstream: FakeUpstream, path: str, limit: str
):
    upstream.answers(gpt.answer(content="Hello."))

    message = client.messages.create(**ASKED, system="Be brief", messages=HELLO)

    assert [block.text for block in message.content if block.type == "text"] == ["Hello."]
    assert message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (16, 8)
    assert message.usage.output_tokens == 30
    assert upstream.asked[0].path == path
    sent = upstream.asked[0].json
    assert sent == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief"},
            {"role": "user", "content": "Hello"},
        ],
        limit: 100,
    }
    row = booked().get()
    assert (row.input_tokens, row.cached_input_tokens, row.output_tokens) == (24, 8, 30)
    assert row.reasoning_tokens == 5


def test_tools_are_called(client: anthropic.Anthropic, upstream: FakeUpstream):
    calls = [gpt.WEATHER, gpt.TIME]
    upstream.answers(gpt.answer("tool_calls", content="Looking.", tool_calls=calls))

    message = client.messages.create(
        **ASKED, messages=HELLO, tools=TOOLS, tool_choice={"type": "any"}
    )

    assert message.stop_reason == "tool_use"
    found = [block for block in message.content if block.type == "tool_use"]
    assert [(call.id, call.name, call.input) for call in found] == [
        ("call_1", "weather", {"city": "Paris"}),
        ("call_2", "time", {}),
    ]
    assert upstream.asked[0].json["tool_choice"] == "required"


def test_tools_are_answered(client: anthropic.Anthropic, upstream: FakeUpstream):
    weather: Any = {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Paris"}}
    result: Any = {"type": "tool_result", "tool_use_id": "c1", "content": "12", "is_error": True}
    upstream.answers(gpt.answer(content="12 degrees."))

    turns: Any = [
        *HELLO,
        {"role": "assistant", "content": [{"type": "text", "text": "Looking."}, weather]},
        {"role": "user", "content": [result]},
    ]
    client.messages.create(**ASKED, messages=turns, tools=TOOLS)

    _, assistant, answer = upstream.asked[0].json["messages"]
    assert assistant["content"] == "Looking."
    assert assistant["tool_calls"] == [{**gpt.WEATHER, "id": "c1"}]
    assert answer == {"role": "tool", "tool_call_id": "c1", "content": "Error: 12"}


def test_a_stream_is_put_together_as_a_whole_answer(
    client: anthropic.Anthropic, upstream: FakeUpstream
):
    deltas = [{"content": "Look"}, {"content": "ing."}]
    calls = [*gpt.called(0, gpt.WEATHER), *gpt.called(1, gpt.TIME)]
    upstream.answers(gpt.streamed(*deltas, *calls, finish_reason="tool_calls"))

    with client.messages.stream(**ASKED, messages=HELLO, tools=TOOLS) as stream:
        message = stream.get_final_message()

    text, weather, time = message.content
    assert text.type == "text"
    assert text.text == "Looking."
    assert weather.type == time.type == "tool_use"
    assert (weather.id, weather.input) == ("call_1", {"city": "Paris"})
    assert (time.id, time.input) == ("call_2", {})
    assert message.stop_reason == "tool_use"
    assert message.usage.output_tokens == 30
    assert upstream.asked[0].json["stream_options"] == {"include_usage": True}
    assert booked().get().output_tokens == 30


@pytest.mark.parametrize("server", ["deepseek"])
def test_thoughts_come_and_go_back(client: anthropic.Anthropic, upstream: FakeUpstream):
    upstream.answers(gpt.streamed({"reasoning_content": "Hm."}, *gpt.called(0, gpt.TIME)))
    with client.messages.stream(**ASKED, messages=HELLO, tools=TOOLS) as stream:
        content: Any = stream.get_final_message().content
    result: Any = {"type": "tool_result", "tool_use_id": "call_2", "content": "12"}

    upstream.answers(gpt.answer(content="Noon."))
    turns: Any = [
        *HELLO,
        {"role": "assistant", "content": content},
        {"role": "user", "content": [result]},
    ]
    client.messages.create(**ASKED, messages=turns, tools=TOOLS)

    assert content[0].thinking == "Hm."
    assert upstream.asked[1].json["messages"][1]["reasoning_content"] == "Hm."


def test_a_refusal_is_told(client: anthropic.Anthropic, upstream: FakeUpstream):
    upstream.answers(gpt.answer(refusal="I will not."))

    message = client.messages.create(**ASKED, messages=HELLO)

    assert message.stop_reason == "refusal"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"extra_body": {"top_k": 5}}, "top_k"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "document",
                                "source": {"type": "url", "url": "https://a.example"},
                            }
                        ],
                    }
                ]
            },
            "messages[0].content[0]",
        ),
    ],
)
def test_what_has_no_place_there_is_refused_by_name(
    client: anthropic.Anthropic, upstream: FakeUpstream, fields: Any, param: str
):
    with pytest.raises(anthropic.BadRequestError) as refusal:
        client.messages.create(**{**ASKED, "messages": HELLO, **fields})

    error: Any = refusal.value.body
    assert (error["error"]["code"], error["error"]["param"]) == ("unsupported_parameter", param)
    assert upstream.asked == []


def test_a_refusal_of_the_provider_comes_in_anthropics_envelope(
    client: anthropic.Anthropic, upstream: FakeUpstream
):
    error = {"message": "Too long.", "type": "invalid_request_error", "param": None, "code": None}
    upstream.answers(whole({"error": error}, status=400))

    with pytest.raises(anthropic.BadRequestError) as refusal:
        client.messages.create(**ASKED, messages=HELLO)

    body: Any = refusal.value.body
    assert body["type"] == "error"
    assert body["error"]["message"] == "Too long."


@pytest.mark.parametrize(
    "error",
    [
        b'event: error\ndata: {"error": {"message": "m"}}\n\n',
        b'error: {"code": 500, "message": "m"}\n\n',
        b'data: {"error": {"message": "m"}}\n\n',
        b"data: garbage\n\n",
    ],
)
def test_an_error_in_the_middle_ends_the_stream_as_one(
    client: anthropic.Anthropic, upstream: FakeUpstream, error: bytes
):
    upstream.answers(gpt.broken({"content": "Once "}, {"content": "upon"}, error=error))
    found: list[str] = []

    with (
        client.messages.stream(**ASKED, messages=HELLO) as stream,
        pytest.raises(anthropic.APIError),
    ):
        found.extend(stream.text_stream)

    assert "".join(found) == "Once upon"
    assert booked().get().error_code == "upstream_failed"
