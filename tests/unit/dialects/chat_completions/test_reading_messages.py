"""Messages of every role."""

from typing import Any

import pytest

from dataplane.conversation.parts import (
    CacheMark,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Message
from tests.unit.dialects.chat_completions.saying import HELLO, refused, turns

PNG = "data:image/png;base64,iVBO"
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "Sunny"}
EPHEMERAL = {"type": "ephemeral"}

WRONG_MESSAGES = [
    ([{"content": "Hi"}], "missing_field", "messages[0].role"),
    ([{"role": "robot", "content": "Hi"}], "invalid_field", "messages[0].role"),
    ([{"role": "user"}], "invalid_field", "messages[0].content"),
    ([{"role": "user", "content": ""}], "invalid_field", "messages[0].content"),
    ([{"role": "user", "content": []}], "invalid_field", "messages[0].content"),
    ([{"role": "user", "content": {"type": "text"}}], "invalid_field", "messages[0].content"),
    ([{**HELLO, "name": "alice"}], "unsupported_parameter", "messages[0].name"),
    ([{**HELLO, "mood": "good"}], "unsupported_parameter", "messages[0].mood"),
    ([{**HELLO, "tool_calls": [CALL]}], "invalid_field", "messages[0].tool_calls"),
    ([HELLO, RESULT], "invalid_field", "messages[1].tool_call_id"),
    ([CALLED, {"role": "tool", "content": "x"}], "missing_field", "messages[1].tool_call_id"),
    ([{"role": "function", "content": "x"}], "missing_field", "messages[0].name"),
    (
        [{"role": "function", "name": "weather", "content": "x"}],
        "invalid_field",
        "messages[0].name",
    ),
    (
        [{"role": "assistant", "audio": {"id": "a"}}],
        "unsupported_parameter",
        "messages[0].audio",
    ),
    (
        [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": ""}}]}],
        "missing_field",
        "messages[0].tool_calls[0].id",
    ),
    (
        [{"role": "assistant", "tool_calls": [{"id": "c", "type": "function"}]}],
        "missing_field",
        "messages[0].tool_calls[0].function",
    ),
    (
        [{"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "custom": {}}]}],
        "unsupported_parameter",
        "messages[0].tool_calls[0].type",
    ),
]


@pytest.mark.parametrize(("messages", "code", "param"), WRONG_MESSAGES, ids=str)
def test_a_wrong_message_is_refused_by_its_path(messages: list[Any], code: str, param: str):
    refusal = refused(messages=messages)

    assert (refusal.code, refusal.param) == (code, param)


def test_instructions_stand_above_all_turns():
    system = {"role": "system", "content": "Be brief."}
    developer = {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]}

    asked = turns(system, developer, HELLO)

    assert asked.instructions == [
        Text("Be brief.", "messages[0].content"),
        Text("Be kind.", "messages[1].content[0]"),
    ]
    assert asked.messages == [Message("user", [Text("Hello", "messages[2].content")])]


def test_later_instructions_are_a_turn_of_their_own():
    later = {"role": "system", "content": "Be brief."}

    asked = turns(HELLO, later)

    assert asked.instructions == []
    assert asked.messages[1] == Message("system", [Text("Be brief.", "messages[1].content")])


def test_instructions_alone_are_left_to_the_provider_to_judge():
    asked = turns({"role": "system", "content": "Tell a joke."})

    assert (len(asked.instructions), asked.messages) == (1, [])


def test_a_call_and_its_result_find_each_other():
    asked = turns(HELLO, CALLED, RESULT)

    call = ToolCall("c1", "weather", "{}", path="messages[1].tool_calls[0]")
    content = [Text("Sunny", "messages[2].content")]
    result = ToolResult("c1", content, "weather", path="messages[2]")
    assert asked.messages[1:] == [Message("assistant", [call]), Message("user", [result])]


def test_results_in_a_row_are_one_turn_and_what_the_user_says_is_the_next():
    other = {**CALL, "id": "c2"}
    both = {**CALLED, "tool_calls": [CALL, other]}

    asked = turns(both, RESULT, {**RESULT, "tool_call_id": "c2"}, HELLO)

    assert [len(message.parts) for message in asked.messages] == [2, 2, 1]


def test_a_result_may_be_empty_or_a_picture():
    picture = [{"type": "image_url", "image_url": PNG}]
    both = {**CALLED, "tool_calls": [CALL, {**CALL, "id": "c2"}]}

    asked = turns(both, {**RESULT, "content": ""}, {**RESULT, "content": picture})

    results = [part for part in asked.messages[1].parts if isinstance(part, ToolResult)]
    assert [len(result.content) for result in results] == [0, 1]


def test_the_older_form_of_calls_is_matched_by_name_and_order():
    called = {"role": "assistant", "function_call": {"name": "weather", "arguments": "{}"}}
    result = {"role": "function", "name": "weather", "content": "Sunny"}

    asked = turns(HELLO, called, result, called, result)

    calls = [part for message in asked.messages for part in message.parts]
    ids = [part.id for part in calls if isinstance(part, ToolCall)]
    answers = [part.call_id for part in calls if isinstance(part, ToolResult)]
    assert ids == answers
    assert len(set(ids)) == 2


def test_geminis_signature_stays_with_the_call():
    signed = {**CALL, "extra_content": {"google": {"thought_signature": "c2ln"}}, "index": 0}

    asked = turns(HELLO, {**CALLED, "tool_calls": [signed]})

    assert isinstance(call := asked.messages[1].parts[0], ToolCall)
    assert call.signature == "c2ln"


def test_an_answer_given_back_as_it_came_is_read():
    answer = {
        "role": "assistant",
        "content": "Hi",
        "refusal": None,
        "annotations": [],
        "audio": None,
        "function_call": None,
        "tool_calls": None,
    }

    assert turns(HELLO, answer).messages[1].parts == [Text("Hi", "messages[1].content")]


def test_a_refusal_given_back_is_known_as_one():
    as_field = {"role": "assistant", "content": None, "refusal": "No"}
    as_part = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No"}]}

    asked = turns(HELLO, as_field, as_part)

    assert asked.messages[1].parts == [Refusal("No", "messages[1].refusal")]
    assert asked.messages[2].parts == [Refusal("No", "messages[2].content[0]")]


def test_an_answer_that_said_nothing_is_left_out():
    assert len(turns(HELLO, {"role": "assistant", "content": ""}, HELLO).messages) == 2


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_given_back_as_text_have_no_proof(name: str):
    asked = turns(HELLO, {"role": "assistant", "content": "Hi", name: "Hm"})

    thought = Reasoning("Hm", path=f"messages[1].{name}")
    assert asked.messages[1].parts == [thought, Text("Hi", "messages[1].content")]


def test_thoughts_given_back_in_the_pieces_of_a_stream_are_put_together():
    details = [
        {"type": "reasoning.text", "text": "H", "index": 0, "format": None},
        {"type": "reasoning.text", "text": "m", "index": 0},
        {"type": "reasoning.text", "text": "", "signature": "sig", "index": 0},
        {"type": "reasoning.encrypted", "data": "sealed", "index": 1},
        {"type": "reasoning.text", "text": "Ah", "signature": "sig2", "index": 2},
    ]
    answer = {"role": "assistant", "content": "Hi", "reasoning_details": details}

    thoughts = turns(HELLO, {**answer, "reasoning_content": "HmAh"}).messages[1].parts[:-1]

    path = "messages[1].reasoning_details"
    assert thoughts == [
        Reasoning("Hm", "sig", path=f"{path}[0]"),
        Reasoning(redacted="sealed", path=f"{path}[3]"),
        Reasoning("Ah", "sig2", path=f"{path}[4]"),
    ]


def test_a_mark_on_a_message_is_one_on_its_last_part():
    content = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    system = {"role": "system", "content": content, "cache_control": EPHEMERAL}

    asked = turns(system, HELLO)

    assert [text.cache for text in asked.instructions] == [None, CacheMark()]
