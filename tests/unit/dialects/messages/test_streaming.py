"""How clients of `/v1/messages` are answered, event by event."""

from typing import Any

import pytest

from billing.tokens import Tokens
from dataplane.conversation.answer import (
    CitationDelta,
    Ended,
    Event,
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
from dataplane.dialects.messages.signed_calls import opened
from tests.unit.dialects.messages.saying import TOKENS, accumulated, streamed
from tests.unit.dialects.messages.test_writing import PAGE

START = Started("far-1", "gpt-1", Tokens(input=20, output=1))
USED = UsageReported(TOKENS, {"prompt_tokens": 20})


def content(*events: Event) -> list[dict[str, Any]]:
    """The blocks that the SDK makes of the events."""
    found = accumulated(START, *events, Stopped(Stop.END), USED, Ended())
    return [block.model_dump(exclude_none=True) for block in found.content]


def test_a_stream() -> None:
    assert streamed(START, TextDelta("Hel"), TextDelta("lo"), Stopped(Stop.END), USED, Ended()) == [
        {
            "type": "message_start",
            "message": {
                "id": "msg_far-1",
                "type": "message",
                "role": "assistant",
                "model": "gpt-1",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {
                    "input_tokens": 20,
                    "cache_creation_input_tokens": 0,
                    "cache_read_input_tokens": 0,
                    "output_tokens": 1,
                },
            },
        },
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": ""},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "Hel"},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "lo"},
        },
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {
                "input_tokens": 12,
                "cache_creation_input_tokens": 3,
                "cache_read_input_tokens": 5,
                "output_tokens": 9,
                "output_tokens_details": {"thinking_tokens": 4},
            },
        },
        {"type": "message_stop"},
    ]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([TextDelta("")], []),
        ([RefusalDelta("No"), RefusalDelta(".")], [{"type": "text", "text": "No."}]),
        (
            [
                ReasoningDelta("H"),
                ReasoningDelta("m"),
                ReasoningDelta(signature="Eq"),
                TextDelta("A"),
            ],
            [
                {"type": "thinking", "thinking": "Hm", "signature": "Eq"},
                {"type": "text", "text": "A"},
            ],
        ),
        (
            [ReasoningDelta("A", "E1"), ReasoningDelta("B", "E2"), ReasoningDelta()],
            [
                {"type": "thinking", "thinking": "A", "signature": "E1"},
                {"type": "thinking", "thinking": "B", "signature": "E2"},
            ],
        ),
        (
            [ReasoningDelta("A"), TextDelta("B"), ReasoningDelta(signature="E")],
            [
                {"type": "thinking", "thinking": "A", "signature": ""},
                {"type": "text", "text": "B"},
                {"type": "thinking", "thinking": "", "signature": "E"},
            ],
        ),
        (
            [TextDelta("A"), ReasoningDelta(redacted="E"), TextDelta("B")],
            [
                {"type": "text", "text": "A"},
                {"type": "redacted_thinking", "data": "E"},
                {"type": "text", "text": "B"},
            ],
        ),
        (
            [TextDelta("A"), CitationDelta(PAGE)],
            [{"type": "text", "text": "A", "citations": [PAGE]}],
        ),
        (
            [TextDelta("A", choice=1), TextDelta("B")],
            [{"type": "text", "text": "B"}],
        ),
    ],
)
def test_blocks(events: list[Event], expected: Any) -> None:
    assert content(*events) == expected


def call(id: str, **input: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": f"n_{id}", "input": input}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [
                TextDelta("So"),
                ToolCallStarted(0, "a", "n_a"),
                ToolCallDelta(0, '{"x":'),
                ToolCallDelta(0, "1}"),
                ToolCallStarted(1, "b", "n_b"),
                ToolCallDelta(1, "{}"),
            ],
            [{"type": "text", "text": "So"}, call("a", x=1), call("b")],
        ),
        (
            [
                ToolCallStarted(0, "a", "n_a"),
                ToolCallStarted(1, "b", "n_b"),
                ToolCallDelta(1, '{"y":'),
                ToolCallDelta(0, '{"x":'),
                ToolCallStarted(2, "c", "n_c"),
                ToolCallDelta(1, "2}"),
                ToolCallDelta(0, "1}"),
                ToolCallDelta(2, '{"z":3}'),
            ],
            [call("a", x=1), call("b", y=2), call("c", z=3)],
        ),
        (
            [ToolCallStarted(0, "a", "n_a"), ToolCallStarted(1, "b", "n_b"), TextDelta("So")],
            [call("a"), call("b"), {"type": "text", "text": "So"}],
        ),
        (
            [ToolCallStarted(0, "a", "n_a"), TextDelta("So"), ToolCallDelta(0, "late")],
            [call("a"), {"type": "text", "text": "So"}],
        ),
        ([ToolCallDelta(7, "{}")], []),
        (
            [ToolCallStarted(0, "a", "n_a"), ToolCallDelta(0, ""), ReasoningDelta("Hm", "E")],
            [call("a"), {"type": "thinking", "thinking": "Hm", "signature": "E"}],
        ),
    ],
)
def test_calls_stand_one_after_the_other(events: list[Event], expected: Any) -> None:
    assert content(*events) == expected


def test_the_signature_of_a_call_stands_before_it() -> None:
    sealed, called = content(ToolCallStarted(0, "a", "n_a", "gemini#CAE="), ToolCallDelta(0, "{}"))
    assert opened(sealed["data"]) == ("a", "gemini#CAE=")
    assert called == call("a")


def test_a_call_without_an_id_gets_one() -> None:
    (called,) = content(ToolCallStarted(0, "", "add"), ToolCallDelta(0, "{}"))
    assert called["id"].startswith("toolu_")


@pytest.mark.parametrize(
    "events",
    [
        [],
        [Ended()],
        [USED, TextDelta("A"), Stopped(Stop.END)],
        [TextDelta("A"), Started("late", "gpt-1")],
        [START, START, TextDelta("A")],
    ],
)
def test_a_message_is_always_begun_and_ended(events: list[Event]) -> None:
    assert accumulated(*events).stop_reason == "end_turn"


def test_how_it_ended_is_told_with_all_that_was_used() -> None:
    details = {"category": "bio", "explanation": "Not that."}
    found = accumulated(START, Stopped(Stop.REFUSAL, None, details), USED)
    assert (found.stop_reason, found.stop_details.category) == ("refusal", "bio")
    assert found.usage.cache_read_input_tokens == 5
    assert found.usage.output_tokens_details.thinking_tokens == 4
    stopped = accumulated(START, TextDelta("A"), Stopped(Stop.STOP_SEQUENCE, "END"))
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "END")
