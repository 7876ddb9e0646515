"""Whole answers and streams of Gemini's, read: shapes that are rare or not recorded (synthetic)."""

import json
from typing import Any

import httpx
import pytest

from billing.tokens import NO_TOKENS, Tokens
from dataplane.conversation.answer import (
    Completion,
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
from dataplane.conversation.parts import Reasoning, Text, ToolCall
from dataplane.providers.base import AnswerUnusable, Reply
from dataplane.providers.gemini.answers import read_completion
from dataplane.providers.gemini.streams import GeminiEventReader

CALL = {"functionCall": {"name": "f", "args": {"a": 1}}}


def read(body: Any) -> Completion:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_completion(Reply(200, httpx.Headers(), data), "gemini")


def candidate(*parts: dict[str, Any], reason: Any = "STOP", **fields: Any) -> dict[str, Any]:
    return {"content": {"role": "model", "parts": list(parts)}, "finishReason": reason, **fields}


def answer(*candidates: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"candidates": list(candidates), "responseId": "r1", **fields}


def chunk(*candidates: dict[str, Any], **fields: Any) -> bytes:
    return b"data: " + json.dumps(answer(*candidates, **fields)).encode() + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("STOP", Stop.END),
        (1, Stop.END),
        ("MAX_TOKENS", Stop.LENGTH),
        (2, Stop.LENGTH),
        ("SAFETY", Stop.FILTERED),
        (3, Stop.FILTERED),
        ("RECITATION", Stop.FILTERED),
        ("PROHIBITED_CONTENT", Stop.FILTERED),
        (10, Stop.FILTERED),
        ("MALFORMED_FUNCTION_CALL", Stop.END),
        ("SOMETHING_NEW", Stop.END),
        (99, Stop.END),
        (None, Stop.END),
        ({"odd": []}, Stop.END),
    ],
)
def test_why_it_stopped_by_name_or_number(reason: Any, stop: Stop):
    assert read(answer(candidate({"text": "x"}, reason=reason))).choices[0].stop is stop


def test_calls_end_an_answer_with_the_reason_of_any_complete_one():
    choice = read(answer(candidate(CALL))).choices[0]
    assert choice.stop is Stop.TOOL_CALLS
    assert [part.arguments for part in choice.parts if isinstance(part, ToolCall)] == ['{"a":1}']


def test_calls_without_ids_get_some_that_are_unique_and_stay_the_same():
    ids = [[part.id for part in read(answer(candidate(CALL, CALL))).choices[0].parts] for _ in "ab"]

    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    assert all(id.startswith("call_") for id in ids[0])
    assert read(answer(candidate(CALL), responseId="r2")).choices[0].parts[0].id not in ids[0]


def test_calls_of_answers_without_an_id_are_told_apart():
    bare = {"candidates": [candidate(CALL)]}
    assert read(bare).choices[0].parts[0].id != read(bare).choices[0].parts[0].id


def test_text_in_pieces_is_one_text_and_thoughts_stand_before_it():
    parts = [
        {"text": "Hm, ", "thought": True},
        {"text": "yes.", "thought": True},
        {"text": "It "},
        {"text": "is."},
        {"executableCode": {"code": "1+1"}},
        {"codeExecutionResult": {"output": "2"}},
        {"text": " Done."},
    ]
    assert read(answer(candidate(*parts))).choices[0].parts == [
        Reasoning("Hm, yes."),
        Text("It is. Done."),
    ]


def test_a_signature_closes_the_thoughts_before_its_part():
    parts = [{"text": "Hm.", "thought": True}, {"text": "Yes.", "thoughtSignature": "c2ln"}]
    assert read(answer(candidate(*parts))).choices[0].parts == [
        Reasoning("Hm.", "gemini#c2ln"),
        Text("Yes."),
    ]


def test_a_signature_of_thoughts_themselves_is_marked_as_theirs():
    part = {"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"}
    assert read(answer(candidate(part))).choices[0].parts == [
        Reasoning("Hm.", "gemini-thoughts#c2ln")
    ]


def test_a_question_that_was_held_back_is_an_answer_of_nothing():
    feedback = {"blockReason": "SAFETY", "blockReasonMessage": "No."}
    choice = read({"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 3}}).choices[0]

    assert (choice.parts, choice.stop) == ([], Stop.FILTERED)
    assert choice.details == {"reason": "SAFETY", "message": "No."}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        {},
        {"candidates": []},
        {"error": {"code": 500, "message": "internal"}},
        {"candidates": "none"},
    ],
)
def test_what_is_no_answer_is_told(body: Any):
    with pytest.raises(AnswerUnusable):
        read(body)


@pytest.mark.parametrize(
    "parts",
    [
        [{}],
        [{"text": 5}],
        [{"text": None, "thought": "yes"}],
        [{"functionCall": {}}],
        [{"functionCall": {"name": 1, "args": [1], "id": {}}}],
        [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}],
    ],
)
def test_odd_parts_make_no_answer_unreadable(parts: list[dict[str, Any]]):
    assert read(answer(candidate(*parts))).choices[0].stop in (Stop.END, Stop.TOOL_CALLS)


def test_nonsense_in_usage_is_handed_on_to_the_books():
    usage = {"promptTokenCount": -1}
    completion = read(answer(candidate({"text": "x"}), usageMetadata=usage))
    assert (completion.usage, completion.tokens) == (usage, NO_TOKENS)


def test_a_stream_of_several_answers_keeps_them_apart():
    reader = GeminiEventReader("gemini")
    events = reader.read(chunk(candidate({"text": "a"}, reason=None)))
    events += reader.read(chunk(candidate({"text": "b"}, reason=None, index=1)))
    events += reader.read(chunk(candidate({"text": "c"}), candidate(CALL, index=1)))

    assert [event for event in events if isinstance(event, TextDelta)] == [
        TextDelta("a", 0),
        TextDelta("b", 1),
        TextDelta("c", 0),
    ]
    stops = [(event.choice, event.stop) for event in events if isinstance(event, Stopped)]
    assert stops == [(0, Stop.END), (1, Stop.TOOL_CALLS)]


def test_calls_in_several_chunks_are_numbered_on():
    reader = GeminiEventReader("gemini")
    signed = {**CALL, "thoughtSignature": "c2ln"}
    events = reader.read(chunk(candidate(signed, reason=None)))
    events += reader.read(chunk(candidate({"functionCall": {"name": "g", "id": "its-own"}})))

    begun = [event for event in events if isinstance(event, ToolCallStarted)]
    assert [(event.index, event.name, event.signature) for event in begun] == [
        (0, "f", "c2ln"),
        (1, "g", None),
    ]
    assert begun[1].id == "its-own"
    assert [e.arguments for e in events if isinstance(e, ToolCallDelta)] == ['{"a":1}', "{}"]
    assert events[-1] == Stopped(Stop.TOOL_CALLS)


def test_thoughts_are_streamed_as_they_come():
    reader = GeminiEventReader("vertex")
    events = reader.read(chunk(candidate({"text": "Hm.", "thought": True}, reason=None)))
    events += reader.read(chunk(candidate({"text": "Yes.", "thoughtSignature": "c2ln"})))

    assert events[1:4] == [
        ReasoningDelta("Hm."),
        ReasoningDelta(signature="vertex#c2ln"),
        TextDelta("Yes."),
    ]


def test_usage_without_a_word_on_what_was_generated_waits_for_the_end():
    reader = GeminiEventReader("gemini")
    tier, asked = {"trafficType": "ON_DEMAND"}, {"promptTokenCount": 3, "totalTokenCount": 3}

    for early in (tier, asked):
        events = reader.read(chunk(candidate({"text": "a"}, reason=None), usageMetadata=early))
        assert not [event for event in events if isinstance(event, UsageReported)]
    last = reader.read(chunk(candidate(), usageMetadata=asked))

    assert [event.usage for event in last if isinstance(event, UsageReported)] == [asked]


def test_what_was_used_is_told_when_the_answer_is_complete():
    reader = GeminiEventReader("gemini")
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 1}
    early = reader.read(chunk(candidate({"text": "a"}, reason=None), usageMetadata=usage))
    last = reader.read(chunk(candidate()))

    assert early[-1] == UsageReported(NO_TOKENS, usage)
    assert last[-1] == UsageReported(Tokens(input=3, output=1), usage)


def test_a_streamed_question_that_was_held_back_ends_filtered():
    blocked = b'data: {"promptFeedback": {"blockReason": "OTHER"}}\r\n\r\n'
    assert GeminiEventReader("gemini").read(blocked) == [
        Started("", ""),
        Stopped(Stop.FILTERED, None, {"reason": "OTHER"}),
    ]


ERROR = {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}


@pytest.mark.parametrize(
    "raw",
    [
        b"data: " + json.dumps({"error": ERROR}).encode() + b"\r\n\r\n",
        json.dumps({"error": ERROR}, indent=2).encode(),
        json.dumps([{"error": ERROR}], indent=2).encode(),
    ],
)
def test_an_error_within_a_stream_is_told_in_the_providers_words(raw: bytes):
    assert GeminiEventReader("gemini").read(raw) == [
        Failed("The model is overloaded.", "UNAVAILABLE")
    ]


@pytest.mark.parametrize("raw", [b"data: {oops\r\n\r\n", b"data: [1]\r\n\r\n", b'{"candidates'])
def test_garbage_within_a_stream_is_a_failure(raw: bytes):
    assert isinstance(GeminiEventReader("gemini").read(raw)[0], Failed)


@pytest.mark.parametrize("raw", [b": ping\r\n\r\n", b"\r\n\r\n", b"event: x\r\n\r\n"])
def test_what_says_nothing_is_passed_over(raw: bytes):
    assert GeminiEventReader("gemini").read(raw) == []
