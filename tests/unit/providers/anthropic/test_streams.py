"""Streams of Claude's: read into events for others, and watched as they pass."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.tokens import Tokens
from dataplane.conversation.answer import (
    CitationDelta,
    Ended,
    Event,
    Failed,
    ReasoningDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    UsageReported,
)
from dataplane.providers.anthropic.passing_streams import MESSAGE_STOP, MessagesStreamReader
from dataplane.providers.anthropic.streams import MessagesEventReader
from dataplane.providers.anthropic.usage import merged
from tests import recordings

PAGE = {"type": "web_search_result_location", "url": "https://a.test"}


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def begun(index: int, kind: str, **fields: Any) -> bytes:
    block = {"type": kind, **fields}
    return event("content_block_start", index=index, content_block=block)


def more(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def ended(index: int) -> bytes:
    return event("content_block_stop", index=index)


def read(*raw: bytes) -> list[Event]:
    reader = MessagesEventReader()
    return [found for each in raw for found in reader.read(each)]


START = event("message_start", message={"id": "msg_1", "model": "m", "usage": {"input_tokens": 9}})
STOP = event("message_stop")


def test_a_message() -> None:
    usage = {"output_tokens": 5}
    assert read(
        START,
        begun(0, "text", text=""),
        event("ping"),
        more(0, "text_delta", text="Hel"),
        more(0, "text_delta", text="lo"),
        ended(0),
        event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage),
        STOP,
    ) == [
        Started("msg_1", "m", Tokens(input=9)),
        TextDelta("Hel"),
        TextDelta("lo"),
        Stopped(Stop.END),
        UsageReported(Tokens(input=9, output=5), {"input_tokens": 9, **usage}),
        Ended(),
    ]


def test_thoughts_end_with_their_signature_and_sealed_ones_come_whole() -> None:
    assert read(
        begun(0, "thinking", thinking="", signature=""),
        more(0, "thinking_delta", thinking="Hm"),
        more(0, "signature_delta", signature="EqUB+/="),
        ended(0),
        begun(1, "redacted_thinking", data="EmwK"),
        ended(1),
        begun(2, "thinking", thinking="So", signature="Eq"),
    ) == [
        ReasoningDelta("Hm"),
        ReasoningDelta(signature="EqUB+/="),
        ReasoningDelta(redacted="EmwK"),
        ReasoningDelta("So", "Eq"),
    ]


def test_calls_are_numbered_without_those_of_anthropics_own_tools() -> None:
    assert read(
        begun(0, "server_tool_use", id="s", name="web_search", input={}),
        more(0, "input_json_delta", partial_json='{"q":1}'),
        ended(0),
        begun(1, "web_search_tool_result", tool_use_id="s", content=[]),
        ended(1),
        begun(2, "tool_use", id="a", name="add", input={}),
        more(2, "input_json_delta", partial_json=""),
        more(2, "input_json_delta", partial_json='{"x":'),
        more(2, "input_json_delta", partial_json="1}"),
        ended(2),
        begun(3, "tool_use", id="b", name="now", input={}),
        ended(3),
        begun(4, "tool_use", id="c", name="whole", input={"y": 2}),
        ended(4),
    ) == [
        ToolCallStarted(0, "a", "add"),
        ToolCallDelta(0, '{"x":'),
        ToolCallDelta(0, "1}"),
        ToolCallStarted(1, "b", "now"),
        ToolCallDelta(1, "{}"),
        ToolCallStarted(2, "c", "whole"),
        ToolCallDelta(2, '{"y":2}'),
    ]


def test_citations_and_refusals() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": None}
    delta = {"stop_reason": "refusal", "stop_sequence": None, "stop_details": details}
    assert read(
        begun(0, "text", text="", citations=[]),
        more(0, "citations_delta", citation=PAGE),
        event("message_delta", delta=delta),
    ) == [CitationDelta(PAGE), Stopped(Stop.REFUSAL, None, details)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            event("error", error={"type": "overloaded_error", "message": "Overloaded"}),
            [Failed("Overloaded", "overloaded_error")],
        ),
        (event("error", error=None), [Failed("")]),
        (event("something_new", index="odd"), None),
        (event("something_new", fresh=True), []),
        (b": a comment\n\n", []),
        (b"event: ping\n\n", []),
        (b"data: {\n\n", None),
        (b"\xff\xfe", []),
        (b"data: 7\n\n", None),
        (more(0, "text_delta", text=None), []),
        (more(9, "input_json_delta", partial_json="{}"), []),
        (begun(0, "fresh", text=7, name=[]), []),
    ],
)
def test_what_may_come_beside(raw: bytes, expected: list[Event] | None) -> None:
    """None: it is no event, so the stream has failed."""
    found = read(raw)
    if expected is None:
        assert [type(each) for each in found] == [Failed]
    else:
        assert found == expected


FIRST = {"input_tokens": 9, "cache_creation_input_tokens": 4, "output_tokens": 1}
BY_LIFETIME = {"cache_creation": {"ephemeral_1h_input_tokens": 4}}


@pytest.mark.parametrize(
    ("so_far", "reported", "expected"),
    [
        (FIRST, {"output_tokens": 5}, {**FIRST, "output_tokens": 5}),
        (FIRST, {"input_tokens": None, "output_tokens": 5}, {**FIRST, "output_tokens": 5}),
        (FIRST, {"input_tokens": 2_000}, {**FIRST, "input_tokens": 2_000}),
        (None, {"output_tokens": 5}, {"output_tokens": 5}),
        (FIRST, None, FIRST),
        (FIRST, "lots", "lots"),
        ("lots", FIRST, FIRST),
        (
            {**FIRST, **BY_LIFETIME},
            {"cache_creation_input_tokens": 4},
            {**FIRST, **BY_LIFETIME},
        ),
        (
            {**FIRST, **BY_LIFETIME},
            {"cache_creation_input_tokens": 7},
            {**FIRST, "cache_creation_input_tokens": 7},
        ),
    ],
)
def test_usage_is_replaced_field_by_field(so_far: Any, reported: Any, expected: Any) -> None:
    assert merged(so_far, reported) == expected


def is_stream(record: recordings.Recording) -> bool:
    return record["api"] == "anthropic.messages" and record["streaming"]


@pytest.mark.parametrize("record", recordings.parameters(is_stream))
def test_usage_of_a_recorded_stream_is_what_the_provider_reported(
    record: recordings.Recording,
) -> None:
    events = recordings.by_event(recordings.body_of(record))
    passing = MessagesStreamReader()
    visible = b"".join([passing.read(each) for each in events if each])
    reports = [found for found in read(*events) if isinstance(found, UsageReported)]

    assert visible + passing.ending() == recordings.body_of(record)
    assert passing.usage == reports[-1].usage
    for name, count in record["usage"]["raw"].items():
        assert passing.usage[name] == count


@pytest.mark.parametrize(
    ("raw", "has_content"),
    [
        ([START, event("ping"), begun(0, "text", text="")], False),
        ([START, begun(0, "thinking", thinking="")], False),
        ([START, begun(0, "text", text=""), more(0, "text_delta", text="H")], True),
        ([START, begun(0, "tool_use", id="a", name="b", input={})], True),
        ([START, begun(0, "redacted_thinking", data="E")], True),
        ([START, event("message_delta", delta={"stop_reason": "refusal"})], True),
    ],
)
def test_content_begins_with_what_the_model_wrote(raw: list[bytes], has_content: bool) -> None:
    reader = MessagesStreamReader()
    for each in raw:
        assert reader.read(each) == each
    assert reader.has_content is has_content


def test_an_error_in_the_stream_passes_and_is_seen() -> None:
    reader = MessagesStreamReader()
    error = event("error", error={"type": "overloaded_error", "message": "Overloaded"})
    assert reader.read(error) == error
    assert (reader.has_failed, reader.is_finished, reader.ending()) == (True, False, b"")


def test_the_end_is_held_back_and_made_up_where_it_never_came() -> None:
    reader = MessagesStreamReader()
    reader.read(START)
    assert reader.ending() == b""
    reader.read(event("message_delta", delta={"stop_reason": "end_turn"}, usage={}))
    assert (reader.is_finished, reader.ending()) == (True, MESSAGE_STOP)
    assert reader.read(STOP) == b""
    assert reader.ending() == STOP


def test_a_stream_that_breaks_off_is_estimated_by_what_was_written() -> None:
    reader = MessagesStreamReader()
    for each in (START, more(0, "text_delta", text="Grüße"), more(0, "signature_delta")):
        reader.read(each)
    assert (reader.usage, reader.output_bytes) == (None, 7)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "index", "delta", "content_block", "message", "usage", "error", "text"]
            ),
            inner | st.sampled_from(["message_start", "content_block_delta", "tool_use", "error"]),
            max_size=4,
        )
    ),
)


@settings(max_examples=300, deadline=None)
@given(values=st.lists(json_values, max_size=4))
def test_no_stream_makes_a_reader_fail(values: list[Any]) -> None:
    events, passing = MessagesEventReader(), MessagesStreamReader()
    for value in values:
        raw = b"data: " + json.dumps(value).encode() + b"\n\n"
        events.read(raw)
        passing.read(raw)
    assert isinstance(passing.ending(), bytes)
