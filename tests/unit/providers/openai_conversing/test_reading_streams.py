"""Streams of OpenAI and of servers that are almost like it. Bodies are synthetic."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.conversation.answer import (
    CitationDelta,
    Ended,
    Event,
    Failed,
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
from dataplane.conversation.signatures import marked
from tests.unit.providers.openai_conversing.asking import Fields, chunk, events, raw

DONE = b"data: [DONE]\n\n"
STARTED = Started("c-1", "gpt-1")
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
NOTHING_NEW = chunk({"role": "assistant", "content": ""})


def call(index: int | None = 0, id: str | None = None, **function: Any) -> Fields:
    """A piece of a call, as a delta has it."""
    piece = {"index": index, "id": id, "function": function}
    return chunk({"tool_calls": [{key: each for key, each in piece.items() if each is not None}]})


def calls(*chunks: Any) -> list[Event]:
    """The events of calls alone."""
    found = events(*chunks, chunk(finish_reason="tool_calls"))
    return [event for event in found if isinstance(event, ToolCallStarted | ToolCallDelta)]


def kinds(*chunks: Any) -> list[type[Event]]:
    return [type(event) for event in events(*chunks)]


def test_text_comes_piece_by_piece_and_ends():
    assert events(
        NOTHING_NEW,
        chunk({"content": "Hel"}, obfuscation="xyz"),
        chunk({"content": "lo"}),
        chunk(finish_reason="stop"),
        {"id": "c-1", "choices": [], "usage": USAGE},
        DONE,
    ) == [
        STARTED,
        TextDelta("Hel"),
        TextDelta("lo"),
        Stopped(Stop.END),
        UsageReported(tokens=usage().tokens, usage=USAGE),
        Ended(),
    ]


def usage() -> UsageReported:
    (event,) = events({"choices": [], "usage": USAGE})
    assert isinstance(event, UsageReported)
    return event


def test_a_chunk_about_the_prompt_starts_nothing():
    azure = {"id": "", "model": "", "choices": [], "prompt_filter_results": [{}]}

    assert events(azure, NOTHING_NEW) == [STARTED]


def test_a_chunk_behind_usage_says_nothing():
    moderation = {"id": "c-1", "choices": [], "moderation": {}, "usage": None}

    assert kinds(NOTHING_NEW, {"choices": [], "usage": USAGE}, moderation) == [
        Started,
        UsageReported,
    ]


def test_usage_in_every_chunk_replaces_the_one_before():
    counts = [{"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n} for n in (1, 2)]
    perplexity = [chunk({"content": "a"}, usage=each) for each in counts]

    reports = [event for event in events(*perplexity) if isinstance(event, UsageReported)]

    assert [report.tokens.output for report in reports] == [1, 2]


def test_usage_beside_the_last_choice_comes_behind_its_end():
    assert kinds(chunk({"content": "a"}, "stop", usage=USAGE)) == [
        Started,
        TextDelta,
        Stopped,
        UsageReported,
    ]


def test_groqs_usage_is_found_in_its_own_field():
    groq = chunk(finish_reason="stop", x_groq={"id": "r", "usage": USAGE})

    assert kinds(groq)[-1] is UsageReported


def test_nonsense_in_usage_is_left_to_the_books():
    (report,) = events({"choices": [], "usage": "many"})

    assert report == UsageReported(tokens=usage().tokens.__class__(), usage="many")


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_have_many_names(name: str):
    assert events(chunk({name: "Hm"}))[1] == ReasoningDelta("Hm")


def test_mistrals_thoughts_are_a_list_in_the_content():
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}

    found = events(chunk({"content": [thought]}), chunk({"content": "Hi"}))

    assert found[1:] == [ReasoningDelta("Hm"), TextDelta("Hi")]


def test_openrouters_proofs_come_behind_its_thoughts():
    text = {"type": "reasoning.text", "text": "Hm", "format": "f", "index": 0}
    proof = {"type": "reasoning.text", "text": "", "signature": "sig", "format": "f", "index": 0}
    sealed = {"type": "reasoning.encrypted", "data": "data", "index": 1}

    found = events(
        chunk({"content": "", "reasoning": "Hm", "reasoning_details": [text]}),
        chunk({"content": "", "reasoning": None, "reasoning_details": [proof]}),
        chunk({"reasoning_details": [sealed]}),
    )

    assert found[1:] == [
        ReasoningDelta("Hm"),
        ReasoningDelta(signature=marked('{"proof":"sig","format":"f"}', "openrouter")),
        ReasoningDelta(redacted=marked('{"proof":"data"}', "openrouter")),
    ]


def test_a_refusal_ends_as_one():
    found = events(chunk({"refusal": "No"}), chunk(finish_reason="stop"))

    assert found[1:] == [RefusalDelta("No"), Stopped(Stop.REFUSAL)]


def test_annotations_are_citations():
    page = {"type": "url_citation", "url_citation": {"url": "https://a.example", "title": "A"}}

    citation = events(chunk({"content": "", "annotations": [page]}))[1]

    assert isinstance(citation, CitationDelta)
    assert citation.citation["url"] == "https://a.example"


def test_a_call_starts_with_its_name_and_goes_on_by_its_index():
    assert calls(
        call(0, "c1", name="add", arguments=""),
        call(1, "c2", name="now", arguments=""),
        call(0, arguments='{"a"'),
        call(1, arguments="{}"),
        call(0, arguments=":1}"),
    ) == [
        ToolCallStarted(0, "c1", "add"),
        ToolCallStarted(1, "c2", "now"),
        ToolCallDelta(0, '{"a"'),
        ToolCallDelta(1, "{}"),
        ToolCallDelta(0, ":1}"),
    ]


def test_a_call_beside_the_role_is_one():
    first = {"role": "assistant", "content": None, "refusal": None}
    piece = {"index": 0, "id": "c1", "function": {"name": "add", "arguments": "{}"}}

    found = calls(chunk({**first, "tool_calls": [piece]}))

    assert found == [ToolCallStarted(0, "c1", "add"), ToolCallDelta(0, "{}")]


def test_whole_calls_under_one_index_are_calls_of_their_own():
    gemini = [call(0, name="add", arguments="{}"), call(0, name="add", arguments="{}")]

    started = [event for event in calls(*gemini) if isinstance(event, ToolCallStarted)]

    assert [event.index for event in started] == [0, 1]
    assert len({event.id for event in started}) == 2


def test_calls_without_an_index_are_told_apart_by_their_names():
    found = calls(
        call(None, "c1", name="add", arguments="{"),
        call(None, arguments="}"),
        call(None, "c2", name="now", arguments="{}"),
        call(7, arguments="lost"),
    )

    assert found == [
        ToolCallStarted(0, "c1", "add"),
        ToolCallDelta(0, "{"),
        ToolCallDelta(0, "}"),
        ToolCallStarted(1, "c2", "now"),
        ToolCallDelta(1, "{}"),
    ]


def test_a_server_that_repeats_id_and_name_goes_on_with_one_call():
    found = calls(
        call(0, "c1", name="add", arguments="{"), call(0, "c1", name="add", arguments="}")
    )

    assert found == [
        ToolCallStarted(0, "c1", "add"),
        ToolCallDelta(0, "{"),
        ToolCallDelta(0, "}"),
    ]


def test_a_name_that_comes_late_starts_the_call():
    found = calls(call(0, "c1", arguments="{"), call(0, name="add", arguments="}"))

    assert found == [ToolCallStarted(0, "c1", "add"), ToolCallDelta(0, "{}")]


def test_a_call_without_arguments_has_an_empty_object_of_them():
    assert calls(call(0, "c1", name="now", arguments="")) == [
        ToolCallStarted(0, "c1", "now"),
        ToolCallDelta(0, "{}"),
    ]


def test_a_forced_call_that_ends_with_stop_waits_for_its_result():
    found = events(call(0, "c1", name="add", arguments="{}"), chunk(finish_reason="stop"))

    assert found[-1] == Stopped(Stop.TOOL_CALLS)


def test_an_end_that_is_told_twice_is_one():
    twice = [chunk({"content": "a"}, "length"), chunk(finish_reason="length")]

    assert kinds(*twice, DONE) == [Started, TextDelta, Stopped, Ended]


@pytest.mark.parametrize("reason", [None, ""])
def test_an_end_that_is_not_told_comes_with_the_end_of_the_stream(reason: str | None):
    found = events(chunk({"content": "a"}, reason), chunk({}, reason), DONE)

    assert found[-2:] == [Stopped(Stop.END), Ended()]


def test_a_stream_need_not_say_that_it_is_done():
    crlf = b": ping\r\n\r\n", raw(chunk({"content": "a"}, "eos")).replace(b"\n", b"\r\n")

    assert kinds(*crlf) == [Started, TextDelta, Stopped]


def test_each_choice_has_its_own_end():
    second = {"index": 1, "delta": {"content": "b"}, "finish_reason": None}

    found = events(chunk({"content": "a"}), {"choices": [second]}, DONE)

    assert found[1:] == [
        TextDelta("a"),
        TextDelta("b", choice=1),
        Stopped(Stop.END),
        Stopped(Stop.END, choice=1),
        Ended(),
    ]


def test_comments_and_empty_events_say_nothing():
    assert events(b": OPENROUTER PROCESSING\n\n", b"\n\n", b"data: \n\n", b"event: ping\n\n") == []


FAILURES = [
    (b'event: error\ndata: {"error": {"message": "m", "type": "t"}}\n\n', Failed("m", "t")),
    (b'error: {"code": 500, "message": "m", "type": "t"}\n\n', Failed("m", "t")),
    (raw({"error": {"message": "m", "code": "c"}}), Failed("m", "c")),
    (raw(chunk({"content": ""}, error={"code": 400, "message": "m"})), Failed("m")),
    (raw({"choices": [{"delta": {}, "error": {"message": "m"}}]}), Failed("m")),
    (raw(chunk({}, "insufficient_system_resource")), Failed("The provider gave up.")),
    (b"data: garb\xff\n\n", Failed("The stream had an event that is no JSON.")),
    (b"data: [1]\n\n", Failed("The stream had an event that is no JSON.")),
    (DONE, Failed("The stream ended without an answer.")),
]


@pytest.mark.parametrize(("event", "failed"), FAILURES, ids=str)
def test_an_error_in_any_shape_is_a_failure(event: bytes, failed: Failed):
    assert events(event)[-1] == failed


def test_usage_beside_an_error_is_still_reported():
    failing = chunk({"content": ""}, error={"code": 400, "message": "m"}, usage=USAGE)

    assert kinds(failing)[1:] == [UsageReported, Failed]


def test_nothing_is_read_behind_an_error():
    assert kinds(NOTHING_NEW, raw({"error": "m"}), chunk({"content": "a"}), DONE) == [
        Started,
        Failed,
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = [
    *("content", "refusal", "reasoning", "reasoning_content", "reasoning_details"),
    *("tool_calls", "function_call", "annotations"),
]
deltas = st.dictionaries(st.sampled_from(names), values, max_size=4)


@settings(max_examples=200, deadline=None)
@given(delta=deltas, reason=values, others=st.dictionaries(st.text(), values, max_size=2))
def test_no_chunk_breaks_the_reader(delta: Fields, reason: Any, others: Fields):
    assert events(chunk(delta, reason, **others), DONE)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=40) | values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_break_the_reader(body: bytes):
    for event in events(b"data: " + body + b"\n\n"):
        assert isinstance(event, Failed | Started | UsageReported)
