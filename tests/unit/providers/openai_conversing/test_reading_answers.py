"""Whole answers of OpenAI and of servers that are almost like it."""

from typing import Any

import pytest

from billing.tokens import NO_TOKENS
from dataplane.conversation.answer import Choice, Completion, Stop
from dataplane.conversation.parts import Part, Reasoning, Refusal, Text, ToolCall
from dataplane.conversation.signatures import marked
from dataplane.providers.base import AnswerUnusable
from tests.unit.providers.openai_conversing.asking import PROVIDERS, Fields, reply

USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
THINKING = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
    {"type": "text", "text": "Hi"},
    {"type": "reference", "reference_ids": [1]},
    "nonsense",
]
SIGNED = {
    "type": "reasoning.text",
    "text": "Hm",
    "signature": "sig",
    "format": "f",
    "id": None,
    "index": 0,
}
SEALED = {"type": "reasoning.encrypted", "data": "data", "id": "rs_1"}
PAGE = {
    "type": "url_citation",
    "url_citation": {"url": "https://a.example", "title": "A", "content": "a", "start_index": 0},
}

SAID: list[tuple[Fields, list[Part]]] = [
    ({"content": "Hi"}, [Text("Hi")]),
    ({"content": None}, []),
    ({"content": "", "tool_calls": [], "function_call": {"name": "", "arguments": ""}}, []),
    ({"content": None, "refusal": "No"}, [Refusal("No")]),
    ({"content": "Hi", "refusal": ""}, [Text("Hi")]),
    ({"content": "Hi", "reasoning_content": "Hm"}, [Reasoning("Hm"), Text("Hi")]),
    ({"content": "Hi", "reasoning": "Hm"}, [Reasoning("Hm"), Text("Hi")]),
    ({"content": THINKING}, [Reasoning("Hm"), Text("Hi")]),
    (
        {
            "content": "Hi",
            "reasoning": "Hm",
            "reasoning_details": [{"type": "reasoning.text", "text": "Hm", "signature": None}],
        },
        [Reasoning("Hm"), Text("Hi")],
    ),
    (
        {"content": "Hi", "reasoning": "Hm", "reasoning_details": [SIGNED, SEALED]},
        [
            Reasoning("Hm", marked('{"proof":"sig","format":"f"}', "openrouter")),
            Reasoning(redacted=marked('{"proof":"data","id":"rs_1"}', "openrouter")),
            Text("Hi"),
        ],
    ),
    (
        {"content": "Hi", "reasoning": "Hm", "reasoning_details": [SEALED]},
        [
            Reasoning("Hm"),
            Reasoning(redacted=marked('{"proof":"data","id":"rs_1"}', "openrouter")),
            Text("Hi"),
        ],
    ),
    (
        {"content": "Hi", "annotations": [PAGE, {"type": "file"}, None]},
        [
            Text(
                "Hi",
                citations=[
                    {
                        "type": "web_search_result_location",
                        "url": "https://a.example",
                        "title": "A",
                        "cited_text": "a",
                        "encrypted_index": "",
                    }
                ],
            )
        ],
    ),
    ({"content": None, "tool_calls": [CALL]}, [ToolCall("c1", "add", "{}")]),
    (
        {"tool_calls": [{**CALL, "function": {"name": "add", "arguments": {"a": 1}}}]},
        [ToolCall("c1", "add", '{"a":1}')],
    ),
    (
        {"tool_calls": [{**CALL, "function": {"name": "add", "arguments": None}}, None, {}]},
        [ToolCall("c1", "add", "{}")],
    ),
    (
        {"tool_calls": [{**CALL, "extra_content": {"google": {"thought_signature": "s"}}}]},
        [ToolCall("c1", "add", "{}", signature="s")],
    ),
]

STOPS = [
    ("stop", Stop.END),
    ("eos", Stop.END),
    ("", Stop.END),
    (None, Stop.END),
    ("of_the_future", Stop.END),
    ("length", Stop.LENGTH),
    ("model_length", Stop.LENGTH),
    ("content_filter", Stop.FILTERED),
    ("tool_calls", Stop.END),
    (7, Stop.END),
]

UNUSABLE = [
    b"",
    b"<html>",
    b"[]",
    b'{"error": {"message": "overloaded"}}',
    b'{"choices": []}',
    b'{"choices": null, "usage": {}}',
    b'{"choices": [{"message": 5}]}',
    b'{"choices": [{"message": {"content": "Hi"}, "error": {"code": 502}}]}',
    b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "error"}]}',
]


def read(message: Any, finish_reason: Any = "stop", **fields: Any) -> Completion:
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    body = {"id": "c-1", "model": "gpt-1", "choices": [choice], **fields}
    return PROVIDERS["openai"].read_answer(reply(body))


def only_choice(message: Any, finish_reason: Any = "stop", **fields: Any) -> Choice:
    (choice,) = read(message, finish_reason, **fields).choices
    return choice


@pytest.mark.parametrize(("message", "parts"), SAID, ids=str)
def test_what_is_said_is_read_wherever_it_stands(message: Fields, parts: list[Part]):
    assert only_choice(message).parts == parts


@pytest.mark.parametrize(("reason", "stop"), STOPS)
def test_an_answer_stops_in_many_words(reason: Any, stop: Stop):
    assert only_choice({"content": "Hi"}, reason).stop is stop


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "", None])
def test_calls_wait_for_results_whatever_is_said(reason: str | None):
    assert only_choice({"tool_calls": [CALL]}, reason).stop is Stop.TOOL_CALLS


def test_calls_that_were_cut_are_cut():
    assert only_choice({"tool_calls": [CALL]}, "length").stop is Stop.LENGTH


def test_a_refusal_stops_as_one():
    assert only_choice({"refusal": "No"}).stop is Stop.REFUSAL


def test_a_stop_sequence_is_known_where_it_is_told():
    body = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop", "stop_reason": "."}

    (choice,) = PROVIDERS["openai"].read_answer(reply({"choices": [body]})).choices

    assert (choice.stop, choice.stop_sequence) == (Stop.STOP_SEQUENCE, ".")


def test_calls_without_ids_get_ids_of_their_own():
    nameless = {"function": {"name": "add", "arguments": "{}"}}

    calls = only_choice({"tool_calls": [nameless, nameless]}).parts

    ids = [part.id for part in calls if isinstance(part, ToolCall)]
    assert len(set(ids)) == 2
    assert all(id.startswith("call_") for id in ids)


def test_the_older_form_of_a_call_is_one():
    called = {"content": None, "function_call": {"name": "add", "arguments": "{}"}}

    (part,) = only_choice(called, "function_call").parts

    assert isinstance(part, ToolCall)
    assert (part.name, part.arguments) == ("add", "{}")


def test_usage_goes_to_the_books_as_it_came_and_to_the_client_as_tokens():
    answer = read({"content": "Hi"}, usage=USAGE, service_tier="flex")

    assert answer.usage == {**USAGE, "service_tier": "flex"}
    assert (answer.tokens.input, answer.tokens.output) == (9, 3)


@pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": "nine"}])
def test_nonsense_in_usage_does_not_spoil_the_answer(usage: Any):
    answer = read({"content": "Hi"}, usage=usage)

    assert answer.usage == usage
    assert answer.tokens == NO_TOKENS


def test_groqs_usage_is_found_in_its_own_field():
    assert read({"content": "Hi"}, x_groq={"usage": USAGE}).tokens.input == 9


def test_whitespace_that_kept_the_connection_alive_is_no_part_of_the_answer():
    body = b"\n   \n\n" * 30 + b'{"choices":[{"message":{"content":"Hi"}}]}'

    assert PROVIDERS["openai"].read_answer(reply(body)).choices[0].parts == [Text("Hi")]


def test_several_choices_keep_their_order():
    choices = [{"index": place, "message": {"content": text}} for place, text in enumerate("ab")]

    answer = PROVIDERS["openai"].read_answer(reply({"choices": choices}))

    assert [choice.parts for choice in answer.choices] == [[Text("a")], [Text("b")]]


@pytest.mark.parametrize("body", UNUSABLE)
def test_what_is_no_answer_is_told(body: bytes):
    with pytest.raises(AnswerUnusable):
        PROVIDERS["openai"].read_answer(reply(body))
