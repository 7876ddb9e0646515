"""One entry, given whole or as a stream to official SDKs, whichever form it came in."""

import json

import pytest

from controlplane.caching.models import CacheEntry
from tests.fakes.upstream import stream, whole
from tests.integration.caching.conftest import ANSWER, HELLO
from tests.integration.responses import claude as says

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("weather", "time")
]
CALLS = {
    **ANSWER,
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "logprobs": None,
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": f"call_{name}",
                        "type": "function",
                        "function": {"name": name, "arguments": '{"city": "' + "Paris" * 20 + '"}'},
                    }
                    for name in ("weather", "time")
                ],
            },
        }
    ],
}
BLOCKS = (says.THOUGHT, says.text("Looking it up. " * 9), says.WEATHER, says.TIME)
ASKED = {"model": "far/claude-sonnet-4-5", "max_tokens": 4096}


@pytest.fixture
def settled(plane):
    return lambda: plane.wait_until(lambda: not plane.gateway.cache.waiting)


@pytest.fixture
def chat(of_openai, secret, settled):
    client = of_openai(secret)

    def chat(**more):
        asked = {"model": "far/gpt-4o", "messages": HELLO, **more}
        if not more.get("stream"):
            answer = client.chat.completions.create(**asked)
        else:
            asked.pop("stream")
            with client.chat.completions.stream(**asked) as events:
                answer = events.get_final_completion()
        settled()
        return answer

    return chat


def test_a_whole_answer_is_given_as_a_stream(chat, upstream):
    first = chat()
    second = chat(stream=True)

    assert second.choices[0].message.content == first.choices[0].message.content
    assert (second.id, second.model) == (first.id, first.model)
    assert second.choices[0].finish_reason == "stop"
    assert len(upstream.asked) == 1


def test_it_arrives_in_pieces_and_with_usage_for_those_who_ask(of_openai, secret, chat):
    chat()
    asked = {"model": "far/gpt-4o", "messages": HELLO, "stream": True}
    create = of_openai(secret).chat.completions.create

    plain = list(create(**asked))
    counted = list(create(**asked, stream_options={"include_usage": True}))

    assert len([chunk for chunk in plain if chunk.choices[0].delta.content]) > 2
    assert all(chunk.usage is None for chunk in plain)
    assert counted[-1].choices == []
    assert counted[-1].usage.total_tokens == 1100


@pytest.mark.parametrize("options", [None, {"include_usage": True}])
def test_a_stream_is_given_as_a_whole_answer(chat, upstream, of_openai, secret, settled, options):
    usage = {"usage": ANSWER["usage"], "choices": []}
    pieces = [{"role": "assistant", "content": ""}, {"content": "Open "}, {"content": "it."}]
    chunks = [{"index": 0, "delta": delta, "finish_reason": None} for delta in pieces]
    chunks.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    events = [*({**head, "choices": [chunk]} for chunk in chunks), {**head, **usage}]
    raw = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    upstream.answers(stream([*raw, b"data: [DONE]\n\n"]))
    more = {"stream_options": options} if options else {}
    list(
        of_openai(secret).chat.completions.create(
            model="far/gpt-4o", messages=HELLO, stream=True, **more
        )
    )
    settled()

    answer = chat()

    assert answer.choices[0].message.content == "Open it."
    assert answer.object == "chat.completion"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (1000, 100)
    assert len(upstream.asked) == 1


def test_calls_of_tools_are_streamed_as_they_were(chat, upstream):
    upstream.answers(whole(CALLS))
    first = chat(tools=TOOLS)
    second = chat(tools=TOOLS, stream=True)

    def calls(answer):
        return [
            (call.id, call.function.name, call.function.arguments)
            for call in answer.choices[0].message.tool_calls
        ]

    assert calls(second) == calls(first)
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("first", ["whole", "stream"])
def test_an_anthropic_client_gets_both_forms(of_anthropic, upstream, settled, first):
    stop = "tool_use"
    script = says.answer if first == "whole" else says.streamed
    upstream.answers(script(*BLOCKS, stop_reason=stop))

    def ask(form):
        if form == "whole":
            answer = of_anthropic.messages.create(**ASKED, messages=HELLO)
        else:
            with of_anthropic.messages.stream(**ASKED, messages=HELLO) as events:
                answer = events.get_final_message()
        settled()
        return answer

    asked = ask(first)
    again = {form: ask(form) for form in ("whole", "stream")}

    assert len(upstream.asked) == 1
    for form in again.values():
        assert [block.to_dict() for block in form.content] == list(BLOCKS)
        assert form.stop_reason == asked.stop_reason == stop
        assert form.usage.output_tokens == asked.usage.output_tokens == 30
        assert form.id == asked.id


@pytest.mark.parametrize("first", ["whole", "stream"])
def test_an_openai_client_of_claude_gets_both_forms(of_openai, claude, upstream, settled, first):
    script = says.answer if first == "whole" else says.streamed
    upstream.answers(script(*BLOCKS, stop_reason="tool_use"))
    completions = of_openai(claude).chat.completions
    asked = {"model": ASKED["model"], "messages": HELLO, "tools": TOOLS}

    def ask(form):
        if form == "whole":
            answer = completions.create(**asked)
        else:
            with completions.stream(**asked) as events:
                answer = events.get_final_completion()
        settled()
        return answer.choices[0]

    ask(first)
    again = [ask(form) for form in ("whole", "stream")]

    assert len(upstream.asked) == 1
    for choice in again:
        assert choice.message.content == BLOCKS[1]["text"]
        assert choice.finish_reason == "tool_calls"
        assert [call.id for call in choice.message.tool_calls] == ["toolu_1", "toolu_2"]


@pytest.mark.parametrize("first", ["whole", "stream"])
def test_a_client_of_responses_gets_both_forms(of_openai, claude, upstream, settled, first):
    script = says.answer if first == "whole" else says.streamed
    upstream.answers(script(*BLOCKS, stop_reason="tool_use"))
    responses = of_openai(claude).responses
    tools = [
        {"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": None}
    ]
    asked = {"model": ASKED["model"], "input": "Hello", "tools": tools}

    def ask(form):
        if form == "whole":
            answer = responses.create(**asked)
        else:
            with responses.stream(**asked) as events:
                answer = events.get_final_response()
        settled()
        return answer

    ask(first)
    again = [ask(form) for form in ("whole", "stream")]

    assert len(upstream.asked) == 1
    for answer in again:
        assert answer.output_text == BLOCKS[1]["text"]
        assert answer.status == "completed"
        assert [item.type for item in answer.output] == [
            "reasoning",
            "message",
            "function_call",
            "function_call",
        ]


def test_a_stream_that_breaks_off_is_not_stored(of_openai, claude, upstream, settled):
    error = {"type": "overloaded_error", "message": "Overloaded"}
    upstream.answers(says.broken("Once ", "upon", error=error))
    events = of_openai(claude).chat.completions.create(
        model=ASKED["model"], messages=HELLO, stream=True
    )
    with pytest.raises(Exception, match="failed to answer"):
        list(events)
    settled()

    assert not CacheEntry.objects.exists()


def test_a_text_completion_is_given_as_a_stream(of_openai, secret, upstream, settled):
    text = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "gpt-4o",
            "choices": [{"index": 0, "text": "Once upon a time " * 9, "logprobs": None,
                         "finish_reason": "stop"}], "usage": ANSWER["usage"]}  # fmt: skip
    upstream.answers(whole(text))
    create = of_openai(secret).completions.create
    first = create(model="far/gpt-4o", prompt="Once")
    settled()

    pieces = list(create(model="far/gpt-4o", prompt="Once", stream=True))

    assert "".join(piece.choices[0].text for piece in pieces) == first.choices[0].text
    assert pieces[-1].choices[0].finish_reason == "stop"
