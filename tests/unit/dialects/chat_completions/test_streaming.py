"""Streams in OpenAI's chunks."""

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
from dataplane.dialects.chat_completions import ChatCompletions
from tests.unit.dialects.chat_completions.saying import TOKENS, asked, deltas, streamed

STARTED = Started("far-1", "claude-1")
END = (Stopped(Stop.END), Ended())
USAGE = UsageReported(TOKENS, {})
ASKS_FOR_USAGE = {"stream_options": {"include_usage": True}}
ROLE = {"role": "assistant", "content": None}


def test_the_role_comes_first_and_the_reason_last():
    chunks = streamed(STARTED, TextDelta("Hel"), TextDelta("lo"), *END)

    assert [chunk["choices"][0] for chunk in chunks] == [
        {
            "index": 0,
            "delta": {"role": "assistant", "content": "Hel"},
            "logprobs": None,
            "finish_reason": None,
        },
        {"index": 0, "delta": {"content": "lo"}, "logprobs": None, "finish_reason": None},
        {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"},
    ]
    assert {chunk["id"] for chunk in chunks} == {"chatcmpl-far-1"}
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["model"] for chunk in chunks} == {"claude-1"}


def test_nothing_is_written_before_there_is_content():
    assert ChatCompletions().stream(asked()).write(STARTED) == b""


def test_usage_has_a_chunk_of_its_own_for_clients_that_asked_for_it():
    *chunks, last = streamed(STARTED, TextDelta("Hi"), USAGE, *END, USAGE, **ASKS_FOR_USAGE)

    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 29
    assert all(chunk["usage"] is None for chunk in chunks)


def test_usage_stays_away_from_clients_that_did_not():
    chunks = streamed(STARTED, TextDelta("Hi"), USAGE, *END, stream_options=None)

    assert all(chunk["choices"] and "usage" not in chunk for chunk in chunks)


def test_usage_that_never_came_is_not_made_up():
    chunks = streamed(STARTED, TextDelta("Hi"), *END, **ASKS_FOR_USAGE)

    assert all(chunk["choices"] for chunk in chunks)


def test_calls_start_with_id_and_name_and_go_on_by_index():
    first, second, *more = deltas(
        STARTED,
        ToolCallStarted(0, "c1", "weather"),
        ToolCallStarted(1, "c2", "time", signature="c2ln"),
        ToolCallDelta(0, "{}"),
        ToolCallDelta(1, '{"a"'),
        Stopped(Stop.TOOL_CALLS),
    )

    weather = {"index": 0, "id": "c1", "type": "function"}
    function = {"name": "weather", "arguments": ""}
    assert first == {**ROLE, "tool_calls": [{**weather, "function": function}]}
    signature = {"google": {"thought_signature": "c2ln"}}
    assert second["tool_calls"][0]["extra_content"] == signature
    assert more[0] == {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}
    assert more[1] == {"tool_calls": [{"index": 1, "function": {"arguments": '{"a"'}}]}


def test_a_client_of_the_older_form_gets_the_first_call_in_it():
    events = (
        ToolCallStarted(0, "c1", "weather"),
        ToolCallDelta(0, "{}"),
        ToolCallStarted(1, "c2", "time"),
        ToolCallDelta(1, "{}"),
        Stopped(Stop.TOOL_CALLS),
    )
    chunks = streamed(STARTED, *events, functions=[{"name": "weather"}])

    found = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert found[0] == {**ROLE, "function_call": {"name": "weather", "arguments": ""}}
    assert found[1] == {"function_call": {"arguments": "{}"}}
    assert found[2]["tool_calls"][0]["index"] == 0
    assert found[3]["tool_calls"][0]["index"] == 0
    assert chunks[-1]["choices"][0]["finish_reason"] == "function_call"


def test_a_thought_is_told_piece_by_piece_and_closed_by_its_proof():
    found = deltas(
        STARTED,
        ReasoningDelta("H"),
        ReasoningDelta("m"),
        ReasoningDelta(signature="sig"),
        ReasoningDelta(redacted="sealed"),
        ReasoningDelta("Ah"),
        *END,
    )

    details = [delta["reasoning_details"][0] for delta in found[:-1]]
    assert details == [
        {"type": "reasoning.text", "text": "H", "index": 0},
        {"type": "reasoning.text", "text": "m", "index": 0},
        {"type": "reasoning.text", "text": "", "index": 0, "signature": "sig"},
        {"type": "reasoning.encrypted", "data": "sealed", "index": 1},
        {"type": "reasoning.text", "text": "Ah", "index": 2},
    ]
    said = [delta.get("reasoning_content") for delta in found[:-1]]
    assert said == ["H", "m", None, None, "Ah"]


def test_a_refusal_is_told_piece_by_piece_and_ends_regularly():
    events = (RefusalDelta("I "), RefusalDelta("won't"), Stopped(Stop.REFUSAL))
    chunks = streamed(STARTED, *events)

    assert [chunk["choices"][0]["delta"].get("refusal") for chunk in chunks] == [
        "I ",
        "won't",
        None,
    ]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_refusal_without_words_looks_like_a_filters():
    chunks = streamed(STARTED, TextDelta("Well"), Stopped(Stop.REFUSAL))

    assert chunks[-1]["choices"][0]["finish_reason"] == "content_filter"


def test_why_a_model_was_stopped_is_told_as_a_refusal():
    chunks = streamed(STARTED, Stopped(Stop.REFUSAL, details={"explanation": "Not this."}))

    assert [chunk["choices"][0]["delta"].get("refusal") for chunk in chunks] == ["Not this.", None]
    assert chunks[-1]["choices"][0]["finish_reason"] == "content_filter"


def test_a_page_is_cited_where_the_answer_has_come_to():
    page = CitationDelta({"url": "https://a.example", "title": None})
    document = CitationDelta({"type": "page_location"})

    found = deltas(STARTED, TextDelta("Rome"), document, page, *END)

    cited = {"url": "https://a.example", "title": "", "start_index": 4, "end_index": 4}
    assert found[1] == {"annotations": [{"type": "url_citation", "url_citation": cited}]}


def test_each_choice_has_its_role_and_its_end():
    chunks = streamed(
        STARTED,
        TextDelta("a"),
        TextDelta("b", choice=1),
        Stopped(Stop.END),
        Stopped(Stop.LENGTH, choice=1),
    )

    choices = [chunk["choices"][0] for chunk in chunks]
    assert [choice["index"] for choice in choices] == [0, 1, 0, 1]
    assert [choice["delta"].get("role") for choice in choices[:2]] == ["assistant"] * 2
    assert [choice["finish_reason"] for choice in choices[2:]] == ["stop", "length"]


def test_a_stream_that_was_not_stopped_is_closed():
    chunks = streamed(TextDelta("Hi"), Ended())

    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[0]["model"] == "far/claude"
