"""Whole answers in OpenAI's form."""

import json

import pytest

from dataplane.conversation.answer import Choice, Completion, Stop
from dataplane.conversation.parts import Part, Reasoning, Refusal, Text, ToolCall
from dataplane.dialects.chat_completions import ChatCompletions
from tests.unit.dialects.chat_completions.saying import answered, asked, completion, message

CALL = ToolCall("c1", "weather", '{"city":"Rome"}')
FUNCTIONS = [{"name": "weather"}]
PAGE = {"type": "web_search_result_location", "url": "https://a.example", "title": "A"}

STOPS = [
    (Stop.END, "stop"),
    (Stop.STOP_SEQUENCE, "stop"),
    (Stop.PAUSE, "stop"),
    (Stop.LENGTH, "length"),
    (Stop.TOOL_CALLS, "tool_calls"),
    (Stop.REFUSAL, "content_filter"),
    (Stop.FILTERED, "content_filter"),
]


def test_an_answer_has_the_form_of_openais():
    call = asked()
    answer = answered(Text("Hi"))

    assert answer == {
        "id": "chatcmpl-far-1",
        "object": "chat.completion",
        "created": pytest.approx(call.at.timestamp(), abs=5),
        "model": "claude-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 20,
            "completion_tokens": 9,
            "total_tokens": 29,
            "prompt_tokens_details": {
                "cached_tokens": 5,
                "cache_write_tokens": 3,
                "audio_tokens": 0,
            },
            "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 0},
        },
    }


@pytest.mark.parametrize(("stop", "reason"), STOPS)
def test_every_stop_has_its_reason(stop: Stop, reason: str):
    assert answered(Text("Hi"), stop=stop)["choices"][0]["finish_reason"] == reason


@pytest.mark.parametrize(
    ("provider_id", "id"),
    [("msg_1", "chatcmpl-msg_1"), ("chatcmpl-1", "chatcmpl-1"), ("", "chatcmpl-{request}")],
)
def test_an_answer_has_an_id_of_openais_form(provider_id: str, id: str):
    call = asked()
    answer = Completion(provider_id, "", [Choice([Text("Hi")], Stop.END)])

    body = ChatCompletions().write(call, answer)

    assert f'"id":"{id.format(request=call.id)}"'.encode() in body
    assert b'"model":"far/claude"' in body
    assert b'"usage"' not in body


def test_calls_stand_beside_the_text_or_without_it():
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city":"Rome"}'},
    }

    assert message(CALL)["tool_calls"] == [call]
    assert message(CALL)["content"] is None
    assert message(Text("Let me see."), CALL)["content"] == "Let me see."


def test_geminis_signature_goes_with_the_call():
    signed = ToolCall("c1", "weather", "{}", signature="c2ln")

    extra = message(signed)["tool_calls"][0]["extra_content"]

    assert extra == {"google": {"thought_signature": "c2ln"}}


def test_a_client_of_the_older_form_gets_its_call_in_it():
    others = [ToolCall("c2", "time", "{}")]
    answer = answered(CALL, *others, stop=Stop.TOOL_CALLS, functions=FUNCTIONS)

    choice = answer["choices"][0]
    assert choice["finish_reason"] == "function_call"
    assert choice["message"]["function_call"]["name"] == "weather"
    assert [call["id"] for call in choice["message"]["tool_calls"]] == ["c2"]


@pytest.mark.parametrize("nothing", [None, []])
def test_a_client_that_sends_no_functions_is_none_of_the_older_form(nothing: object):
    assert "tool_calls" in message(CALL, functions=nothing)


def test_a_refusal_in_words_is_no_text_and_a_regular_end():
    choice = answered(Refusal("I will not."), stop=Stop.REFUSAL)["choices"][0]

    assert choice["message"]["refusal"] == "I will not."
    assert choice["message"]["content"] is None
    assert choice["finish_reason"] == "stop"


def test_why_a_model_was_stopped_is_told_as_a_refusal():
    stopped = Choice([Text("Well")], Stop.REFUSAL, details={"explanation": "Not this."})
    body = ChatCompletions().write(asked(), Completion("", "", [stopped]))

    choice = json.loads(body)["choices"][0]
    assert choice["message"]["refusal"] == "Not this."
    assert choice["finish_reason"] == "content_filter"


def test_thoughts_are_told_and_can_be_given_back():
    said: list[Part] = [
        Reasoning("Hm", "sig"),
        Reasoning(redacted="sealed"),
        Reasoning(" ah"),
        Text("Hi"),
    ]

    found = message(*said)

    assert found["reasoning_content"] == "Hm ah"
    assert found["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Hm", "index": 0, "signature": "sig"},
        {"type": "reasoning.encrypted", "data": "sealed", "index": 1},
        {"type": "reasoning.text", "text": " ah", "index": 2},
    ]


def test_thoughts_survive_the_round_trip_through_a_client():
    said = [Reasoning("Hm", "sig"), Reasoning(redacted="sealed"), Reasoning("Ah", "sig2")]
    back = ChatCompletions().read(
        asked(messages=[{"role": "user", "content": "Hi"}, message(*said, Text("Hello"))])
    )

    thoughts = [part for part in back.messages[1].parts if isinstance(part, Reasoning)]
    assert [(each.text, each.signature, each.redacted) for each in thoughts] == [
        ("Hm", "sig", None),
        ("", None, "sealed"),
        ("Ah", "sig2", None),
    ]


def test_pages_of_the_web_are_annotations_of_the_words_that_rest_on_them():
    document = {"type": "page_location", "document_title": "B", "cited_text": "b"}

    found = message(Text("Hi, "), Text("Rome", citations=[PAGE, document]))

    page = {"url": "https://a.example", "title": "A", "start_index": 4, "end_index": 8}
    assert found["annotations"] == [{"type": "url_citation", "url_citation": page}]


def test_several_choices_are_numbered():
    answer = completion(Text("a"))
    answer.choices.append(Choice([Text("b")], Stop.LENGTH))

    body = ChatCompletions().write(asked(), answer)

    assert b'"index":1,"message":{"role":"assistant","content":"b"' in body
