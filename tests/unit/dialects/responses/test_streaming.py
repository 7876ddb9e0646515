"""Streams of events, as the SDK's stream helper takes them."""

from typing import Any

import pytest

from dataplane.conversation.answer import (
    CitationDelta,
    Ended,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    UsageReported,
)
from dataplane.conversation.parts import Reasoning, Text, ToolCall
from tests.unit.dialects.responses.saying import TOKENS, accumulated, answered, streamed

START = Started("far-1", "claude-1")
END = (Stopped(Stop.END), UsageReported(TOKENS, {}), Ended())


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


def test_text_has_every_event_of_its_life():
    events = streamed(START, TextDelta("Hel"), TextDelta("lo"), *END)

    assert kinds(events) == [
        *("created", "in_progress", "output_item.added", "content_part.added"),
        *("output_text.delta", "output_text.delta", "output_text.done"),
        *("content_part.done", "output_item.done", "completed"),
    ]
    assert events[0]["response"]["status"] == "in_progress"
    assert events[0]["response"]["usage"] is None
    assert events[4]["delta"] + events[5]["delta"] == events[6]["text"] == "Hello"
    assert accumulated(events).response.output_text == "Hello"


def test_the_last_event_has_the_whole_answer():
    events = streamed(
        START,
        ReasoningDelta("H"),
        ReasoningDelta("m"),
        ReasoningDelta(signature="s"),
        TextDelta("Adding."),
        ToolCallStarted(0, "c1", "add"),
        ToolCallDelta(0, '{"a":'),
        ToolCallDelta(0, "1}"),
        Stopped(Stop.TOOL_CALLS),
        UsageReported(TOKENS, {}),
    )

    parts = [Reasoning("Hm", "s"), Text("Adding."), ToolCall("c1", "add", '{"a":1}')]
    whole = answered(*parts, stop=Stop.TOOL_CALLS)
    last = events[-1]["response"]
    assert without_ids(last) == without_ids(whole)
    assert [event["item"] for event in events if "output_item.done" in event["type"]] == (
        last["output"]
    )


def without_ids(response: dict[str, Any]) -> dict[str, Any]:
    output = [{**item, "id": None} for item in response["output"]]
    return {**response, "id": None, "created_at": 0, "completed_at": 0, "output": output}


def test_thoughts_have_a_summary_and_what_the_provider_wants_back():
    events = streamed(START, ReasoningDelta("Hm"), ReasoningDelta(signature="s"), *END)

    assert kinds(events)[2:-1] == [
        *("output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"),
        *("reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done"),
    ]
    assert events[2]["item"]["encrypted_content"] is None
    assert events[-2]["item"]["encrypted_content"] == 'purser:{"signature":"s"}'


def test_each_block_of_thoughts_is_an_item():
    events = streamed(
        START,
        ReasoningDelta("One"),
        ReasoningDelta(signature="1"),
        ReasoningDelta("Two"),
        ReasoningDelta(redacted="x"),
        ReasoningDelta(signature="3"),
        ReasoningDelta(),
        *END,
    )

    output = events[-1]["response"]["output"]
    assert [(item["summary"], item["encrypted_content"]) for item in output] == [
        ([{"type": "summary_text", "text": "One"}], 'purser:{"signature":"1"}'),
        ([{"type": "summary_text", "text": "Two"}], None),
        ([], 'purser:{"redacted":"x"}'),
        ([], 'purser:{"signature":"3"}'),
    ]


def test_calls_may_be_interleaved():
    events = streamed(
        START,
        TextDelta("Two at once."),
        ToolCallStarted(0, "c1", "add"),
        ToolCallStarted(1, "c2", "sub"),
        ToolCallDelta(1, "[2"),
        ToolCallDelta(0, "[1"),
        ToolCallDelta(1, "]"),
        ToolCallDelta(0, "]"),
        ToolCallDelta(7, "no such call"),
        Stopped(Stop.TOOL_CALLS),
    )

    calls = accumulated(events).response.output[1:]
    assert [(call.call_id, call.name, call.arguments) for call in calls] == [
        ("c1", "add", "[1]"),
        ("c2", "sub", "[2]"),
    ]


def test_the_signature_of_a_call_goes_before_it():
    events = streamed(START, ToolCallStarted(0, "c1", "add", signature="s"), *END)

    carried, call = events[-1]["response"]["output"]
    assert carried["encrypted_content"] == 'purser:{"calls":{"c1":"s"}}'
    assert call["call_id"] == "c1"


def test_a_refusal_is_a_part_of_its_own():
    events = streamed(
        START,
        TextDelta("Well,"),
        RefusalDelta("I "),
        RefusalDelta("won't."),
        Stopped(Stop.REFUSAL),
    )

    assert kinds(events)[6:11] == [
        *("content_part.done", "content_part.added", "refusal.delta", "refusal.delta"),
        "refusal.done",
    ]
    assert events[10]["refusal"] == "I won't."
    content = events[-1]["response"]["output"][0]["content"]
    assert content[1] == {"type": "refusal", "refusal": "I won't."}


def test_a_refusal_without_words_is_told():
    events = streamed(START, TextDelta("Well,"), Stopped(Stop.REFUSAL, details={"reason": "No."}))

    content = events[-1]["response"]["output"][0]["content"]
    assert content[1] == {"type": "refusal", "refusal": "No."}


@pytest.mark.parametrize(
    ("stop", "reason"),
    [(Stop.LENGTH, "max_output_tokens"), (Stop.FILTERED, "content_filter")],
)
def test_a_stream_that_was_cut_is_incomplete(stop, reason):
    events = streamed(
        START, ToolCallStarted(0, "c1", "add"), ToolCallStarted(1, "c2", "sub"), Stopped(stop)
    )

    last = events[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": reason}
    statuses = [item["status"] for item in last["response"]["output"]]
    assert statuses == ["completed", "incomplete"]


def test_citations_are_annotations_of_the_text():
    url = {"url": "https://a.example", "title": "A"}
    events = streamed(
        START, TextDelta("So "), CitationDelta(url), TextDelta("it is"), CitationDelta(5), *END
    )

    (added,) = [event for event in events if "annotation.added" in event["type"]]
    (part,) = events[-1]["response"]["output"][0]["content"]
    assert (added["annotation_index"], added["annotation"]["start_index"]) == (0, 3)
    assert part["annotations"] == [added["annotation"]]


def test_a_stream_that_starts_late_or_twice_begins_once():
    late = streamed(TextDelta("Hi"), START, START, *END)
    never = streamed()

    assert kinds(late).count("created") == 1
    assert late[0]["response"]["model"] == "far/claude"
    assert kinds(never) == ["created", "in_progress", "completed"]


def test_only_the_first_answer_is_written():
    events = streamed(START, TextDelta("A"), TextDelta("B", choice=1), *END)

    assert accumulated(events).response.output_text == "A"


def test_empty_pieces_say_nothing():
    empty = [TextDelta(""), RefusalDelta(""), ReasoningDelta(""), ToolCallDelta(0, "")]

    assert kinds(streamed(START, *empty, *END)) == ["created", "in_progress", "completed"]


def test_a_request_on_several_lines_is_repeated_on_one():
    instructions = "Two\nlines"
    events = streamed(START, *END, instructions=instructions, metadata={"a": "b"})

    assert events[-1]["response"]["instructions"] == instructions


def test_halves_of_characters_do_not_end_the_stream():
    events = streamed(START, TextDelta("\ud83d"), TextDelta("\ude00"), *END)

    assert accumulated(events).response.output_text == "😀"
