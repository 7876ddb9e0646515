"""The turns of a request, read from `input`."""

import pytest

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Message
from tests.unit.dialects.responses.saying import read, turns

PIXEL = "iVBORw0KGgo="
CALL = {"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "3"}


def test_a_text_is_a_turn_of_the_user():
    assert read(input="Hi").messages == [Message("user", [Text("Hi", "input")])]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "input_text", "text": "Hi"}, Text("Hi", ".text")),
        (
            {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "auto"},
            Media("image", None, url="https://a.example/b.png", path=".image_url"),
        ),
        (
            {"type": "input_image", "image_url": f"data:image/PNG;base64,{PIXEL}"},
            Media("image", "image/png", data=PIXEL, path=".image_url"),
        ),
        (
            {"type": "input_image", "file_id": "file-1", "detail": "high"},
            Media("image", None, file_id="file-1", detail="high", path=".file_id"),
        ),
        (
            {
                "type": "input_file",
                "filename": "a.pdf",
                "file_data": f"data:text/csv;base64,{PIXEL}",
            },
            Media("document", "text/csv", data=PIXEL, name="a.pdf", path=".file_data"),
        ),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": PIXEL},
            Media("document", "application/pdf", data=PIXEL, name="a.pdf", path=".file_data"),
        ),
        (
            {"type": "input_file", "filename": "a.png", "file_data": PIXEL},
            Media("image", "image/png", data=PIXEL, name="a.png", path=".file_data"),
        ),
        (
            {"type": "input_file", "file_url": "https://a.example/b.pdf"},
            Media("document", None, url="https://a.example/b.pdf", path=".file_url"),
        ),
        (
            {"type": "input_file", "file_id": "file-1"},
            Media("document", None, file_id="file-1", path=".file_id"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "UklG", "format": "mp3"}},
            Media("audio", "audio/mpeg", data="UklG", path=".input_audio"),
        ),
    ],
)
def test_a_part_of_a_turn_keeps_what_it_is_and_where_it_stood(part, expected):
    expected.path = f"input[0].content[0]{expected.path}"

    found = turns({"role": "user", "content": [part]})

    assert found.messages == [Message("user", [expected])]


@pytest.mark.parametrize(
    ("breakpoint", "mark"),
    [({"mode": "explicit"}, CacheMark()), ({"mode": "explicit", "ttl": "30m"}, CacheMark("1h"))],
)
def test_a_breakpoint_of_the_prompt_cache_is_a_cache_mark(breakpoint, mark):
    part = {"type": "input_text", "text": "Hi", "prompt_cache_breakpoint": breakpoint}

    (message,) = turns({"role": "user", "content": [part]}).messages

    assert message.parts[0].cache == mark


def test_a_message_needs_no_type():
    assert turns({"role": "user", "content": "Hi"}).messages == [
        Message("user", [Text("Hi", "input[0].content")])
    ]


def test_instructions_come_from_the_field_and_from_what_stands_before_the_first_turn():
    found = read(
        instructions="One",
        input=[
            {"role": "system", "content": "Two"},
            {"role": "developer", "content": [{"type": "input_text", "text": "Three"}]},
            {"role": "user", "content": "Hi"},
        ],
    )

    assert [text.text for text in found.instructions] == ["One", "Two", "Three"]
    assert [message.role for message in found.messages] == ["user"]


def test_instructions_after_the_first_turn_are_a_turn_of_their_own():
    found = turns(
        {"role": "user", "content": "Hi"},
        {"role": "developer", "content": "Now in French"},
        {"role": "user", "content": "Hi"},
    )

    assert [message.role for message in found.messages] == ["user", "system", "user"]
    assert found.messages[1].parts == [Text("Now in French", "input[1].content")]


def test_what_the_assistant_said_and_did_is_one_turn_and_so_are_the_results():
    found = turns(
        {"role": "user", "content": "Add"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}]},
        {"type": "message", "role": "assistant", "content": "Adding"},
        CALL,
        {**CALL, "call_id": "c2", "name": "sub"},
        OUTPUT,
        {**OUTPUT, "call_id": "c2", "output": [{"type": "input_text", "text": "4"}]},
        {"role": "user", "content": "Go on"},
    )

    roles = [message.role for message in found.messages]
    assert roles == ["user", "assistant", "user", "user"]
    thought, words, first, second = found.messages[1].parts
    assert thought == Reasoning("Hm", path="input[1]")
    assert words == Text("Adding", "input[2].content")
    assert first == ToolCall("c1", "add", "{}", path="input[3]")
    assert second == ToolCall("c2", "sub", "{}", path="input[4]")
    assert found.messages[2].parts == [
        ToolResult("c1", [Text("3", "input[5].output")], "add", path="input[5]"),
        ToolResult("c2", [Text("4", "input[6].output[0].text")], "sub", path="input[6]"),
    ]
    assert found.messages[3].parts == [Text("Go on", "input[7].content")]


def test_a_tool_may_answer_nothing_and_with_an_image():
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"}
    found = turns(
        {"role": "user", "content": "Draw"},
        CALL,
        {**OUTPUT, "output": ""},
        {**CALL, "name": "draw"},
        {**OUTPUT, "output": [image]},
    )

    nothing, drawn = found.messages[2].parts[0], found.messages[4].parts[0]
    assert nothing == ToolResult("c1", [], "add", path="input[2]")
    assert drawn.name == "draw"
    assert drawn.content[0].media_type == "image/png"


def test_what_an_answer_says_of_itself_may_be_given_back():
    text = {"type": "output_text", "text": "A", "annotations": [], "logprobs": []}
    found = turns(
        {"role": "user", "content": "Hi", "status": "completed", "type": "message"},
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "phase": "final_answer",
            "content": [text, {"type": "refusal", "refusal": "No"}, {**text, "text": ""}],
        },
        {**CALL, "id": "fc_1", "status": "completed", "namespace": None, "caller": None},
        {**OUTPUT, "id": "fco_1", "status": "completed"},
    )

    assert found.messages[1].parts[:2] == [
        Text("A", "input[1].content[0].text"),
        Refusal("No", "input[1].content[1].refusal"),
    ]
    assert len(found.messages[1].parts) == 3
    assert found.ignored == []


def test_a_turn_in_which_nothing_was_said_is_none():
    found = turns(
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": []},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "user", "content": "Hello?"},
    )

    assert [message.role for message in found.messages] == ["user", "user"]
