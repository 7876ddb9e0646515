"""Whole answers as response objects."""

import json

import pytest

from billing.tokens import NO_TOKENS
from dataplane.conversation.answer import Choice, Completion, Stop
from dataplane.conversation.parts import Media, Reasoning, Refusal, Text, ToolCall
from dataplane.dialects.responses.dialect import Responses
from tests.unit.dialects.responses.saying import answered, asked

URL = {"type": "web_search_result_location", "url": "https://a.example", "title": "A"}


def test_words_are_one_message():
    answer = answered(Text("Hel"), Text("lo"))

    assert answer["status"] == "completed"
    assert answer["model"] == "claude-1"
    assert answer["incomplete_details"] is answer["error"] is None
    (message,) = answer["output"]
    assert message["content"] == [
        {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}
    ]
    assert (message["role"], message["status"]) == ("assistant", "completed")


def test_items_stand_in_the_order_in_which_they_were_said():
    answer = answered(
        Reasoning("Hm", signature="s"),
        Text("Let me add."),
        ToolCall("c1", "add", '{"a":1}'),
        ToolCall("c2", "add", "{"),
        Text("Done."),
        stop=Stop.TOOL_CALLS,
    )

    kinds = [item["type"] for item in answer["output"]]
    assert kinds == ["reasoning", "message", "function_call", "function_call", "message"]
    assert answer["output"][0]["summary"] == [{"type": "summary_text", "text": "Hm"}]
    assert answer["output"][3]["call_id"] == "c2"
    assert answer["output"][3]["arguments"] == "{"
    assert answer["status"] == "completed"
    assert len({item["id"] for item in answer["output"]}) == 5


def test_usage_is_told_in_openais_words():
    assert answered(Text("Hi"))["usage"] == {
        "input_tokens": 20,
        "input_tokens_details": {"cache_write_tokens": 3, "cached_tokens": 5},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 29,
    }


def test_without_usage_none_is_made_up():
    unknown = Completion("1", "m", [Choice([Text("Hi")], Stop.END)], NO_TOKENS)

    assert json.loads(Responses().write(asked(), unknown))["usage"] is None


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (Stop.LENGTH, "max_output_tokens"),
        (Stop.PAUSE, "max_output_tokens"),
        (Stop.FILTERED, "content_filter"),
    ],
)
def test_an_answer_that_was_cut_says_why(stop, reason):
    answer = answered(Reasoning("Hm"), Text("Once upon a"), stop=stop)

    assert answer["status"] == "incomplete"
    assert answer["incomplete_details"] == {"reason": reason}
    assert [item["status"] for item in answer["output"]] == ["completed", "incomplete"]


@pytest.mark.parametrize("stop", [Stop.END, Stop.STOP_SEQUENCE, Stop.TOOL_CALLS])
def test_any_other_end_is_complete(stop):
    answer = answered(Text("Hi"), stop=stop)

    assert answer["status"] == answer["output"][0]["status"] == "completed"


def test_an_answer_may_say_nothing():
    assert answered(Text(""), stop=Stop.FILTERED)["output"] == []


def test_a_refusal_is_a_part_of_the_message():
    (message,) = answered(Text("Well,"), Refusal("no."), stop=Stop.REFUSAL)["output"]

    assert message["content"][1] == {"type": "refusal", "refusal": "no."}


@pytest.mark.parametrize(
    ("details", "words"),
    [({"explanation": "Not this."}, "Not this."), ({}, "The model declined to answer.")],
)
def test_a_refusal_without_words_is_told_in_the_providers_or_ours(details, words):
    choice = Choice([Text("Well,")], Stop.REFUSAL, details=details)

    body = Responses().write(asked(), Completion("1", "m", [choice]))

    assert json.loads(body)["output"][0]["content"][1] == {"type": "refusal", "refusal": words}


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        (
            URL,
            {"type": "url_citation", "url": "https://a.example", "title": "A"}
            | {"start_index": 3, "end_index": 8},
        ),
        (
            {"type": "page_location", "document_title": "a.pdf", "file_id": "f"},
            {"type": "file_citation", "file_id": "f", "filename": "a.pdf", "index": 8},
        ),
    ],
)
def test_a_citation_is_an_annotation_of_the_words_it_stands_for(citation, expected):
    answer = answered(Text("So "), Text("it is", citations=[citation, {"type": "other"}, 5]))

    (part,) = answer["output"][0]["content"]
    assert part["text"] == "So it is"
    assert part["annotations"] == [expected]


def test_the_settings_of_the_request_are_repeated():
    tools = [{"type": "function", "name": "add", "parameters": {}, "strict": True}]
    given = {
        "instructions": "Be brief",
        "temperature": 0.5,
        "tools": tools,
        "tool_choice": "required",
        "reasoning": {"effort": "high", "summary": "auto"},
        "text": {"format": {"type": "json_object"}},
        "metadata": {"a": "b"},
        "max_output_tokens": 100,
    }

    answer = answered(Text("{}"), **given)

    assert {name: answer[name] for name in given} == given


def test_settings_that_were_not_made_are_openais_own():
    answer = answered(Text("Hi"), tools=None, store=True)

    assert answer["id"].startswith("resp_")
    assert answer["store"] is answer["background"] is False
    assert answer["tools"] == []
    assert answer["metadata"] == {}
    assert answer["tool_choice"] == "auto"
    assert answer["parallel_tool_calls"] is True
    assert answer["text"] == {"format": {"type": "text"}}
    assert answer["truncation"] == "disabled"
    assert answer["previous_response_id"] is answer["temperature"] is None


def test_halves_of_characters_do_not_lose_the_answer():
    answer = answered(Text("a\ud83d"), Text("\ude00b\ud83d"))

    assert answer["output"][0]["content"][0]["text"] == "a😀b\ufffd"


def test_of_several_choices_the_first_is_the_answer_and_none_is_an_empty_one():
    choices = [Choice([Text("A")], Stop.END), Choice([Text("B")], Stop.END)]

    first = json.loads(Responses().write(asked(), Completion("1", "m", choices)))
    none = json.loads(Responses().write(asked(), Completion("1", "", [])))

    assert first["output"][0]["content"][0]["text"] == "A"
    assert none["output"] == []
    assert none["model"] == "far/claude"


def test_what_the_dialect_has_no_form_for_is_left_out():
    image = Media("image", "image/png", data="AA==")

    assert answered(Text("A"), image)["output"][0]["content"][0]["text"] == "A"
