"""How clients of `/v1/messages` are answered, whole."""

import json
from typing import Any

import pytest

from billing.tokens import Tokens
from dataplane.conversation.answer import Completion, Stop
from dataplane.conversation.parts import Part, Reasoning, Refusal, Text, ToolCall
from dataplane.dialects.messages import Messages
from dataplane.dialects.messages.answers import usage_object
from dataplane.dialects.messages.signed_calls import opened
from tests.unit.dialects.messages.saying import TOKENS, answered, asked, completion, said

PAGE = {
    "type": "web_search_result_location",
    "url": "https://a.test",
    "title": "A",
    "cited_text": "so",
    "encrypted_index": "E",
}


def test_a_whole_answer() -> None:
    assert answered(Text("Hello")) == {
        "id": "msg_far-1",
        "type": "message",
        "role": "assistant",
        "model": "gpt-1",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 12,
            "cache_creation_input_tokens": 3,
            "cache_read_input_tokens": 5,
            "output_tokens": 9,
            "output_tokens_details": {"thinking_tokens": 4},
        },
    }


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Text(""), []),
        (
            Text("Hi", citations=[PAGE]),
            [{"type": "text", "text": "Hi", "citations": [PAGE]}],
        ),
        (Refusal("No."), [{"type": "text", "text": "No."}]),
        (
            Reasoning("Hm", "EqUB"),
            [{"type": "thinking", "thinking": "Hm", "signature": "EqUB"}],
        ),
        (Reasoning("Hm"), [{"type": "thinking", "thinking": "Hm", "signature": ""}]),
        (Reasoning(redacted="E"), [{"type": "redacted_thinking", "data": "E"}]),
        (
            ToolCall("c", "add", ' {"a": 1.0} '),
            [{"type": "tool_use", "id": "c", "name": "add", "input": {"a": 1.0}}],
        ),
        (
            ToolCall("c", "add", ""),
            [{"type": "tool_use", "id": "c", "name": "add", "input": {}}],
        ),
        (
            ToolCall("c", "add", '{"a":'),
            [{"type": "tool_use", "id": "c", "name": "add", "input": {"INVALID_JSON": '{"a":'}}],
        ),
        (
            ToolCall("c", "add", '"\ud83d"'),
            [{"type": "tool_use", "id": "c", "name": "add", "input": {"INVALID_JSON": '"\ud83d"'}}],
        ),
    ],
)
def test_parts(part: Part, expected: Any) -> None:
    body = Messages().write(asked(), completion(part))
    assert json.loads(body)["content"] == expected


def test_calls_without_an_id_get_one_each() -> None:
    found = answered(ToolCall("", "add", "{}"), ToolCall("", "add", "{}"))["content"]
    assert len({block["id"] for block in found}) == 2
    assert all(block["id"].startswith("toolu_") for block in found)


def test_the_signature_of_a_call_comes_back_with_it() -> None:
    signed = ToolCall("c", "add", "{}", "gemini#CAE=")
    sealed, call = answered(Text("So"), signed, stop=Stop.TOOL_CALLS)["content"][1:]

    assert opened(sealed["data"]) == ("c", "gemini#CAE=")
    (given_back,) = said(sealed, call)
    assert isinstance(given_back, ToolCall)
    assert given_back.signature == signed.signature


@pytest.mark.parametrize("data", ["E", "purser:", "purser:[]", 'purser:["\ud800"]', "purser:{}"])
def test_what_we_did_not_seal_stays_as_it_is(data: str) -> None:
    assert opened(data) is None


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (Stop.END, "end_turn"),
        (Stop.LENGTH, "max_tokens"),
        (Stop.STOP_SEQUENCE, "stop_sequence"),
        (Stop.TOOL_CALLS, "tool_use"),
        (Stop.REFUSAL, "refusal"),
        (Stop.FILTERED, "refusal"),
        (Stop.PAUSE, "pause_turn"),
    ],
)
def test_why_it_stopped(stop: Stop, reason: str) -> None:
    answer = answered(stop=stop, stop_sequence="END")
    assert (answer["stop_reason"], answer["stop_sequence"]) == (reason, "END")


@pytest.mark.parametrize(
    ("details", "category", "explanation"),
    [
        ({}, None, None),
        ({"category": "bio", "explanation": "Not that."}, "bio", "Not that."),
        ({"category": ["odd"], "explanation": 7}, None, None),
    ],
)
def test_what_is_said_of_a_refusal(details: Any, category: Any, explanation: Any) -> None:
    body = Messages().write(asked(), completion(stop=Stop.REFUSAL, details=details))
    assert json.loads(body)["stop_details"] == {
        "type": "refusal",
        "category": category,
        "explanation": explanation,
    }


@pytest.mark.parametrize(
    ("tokens", "more"),
    [
        (Tokens(input=20, output=9), {}),
        (
            Tokens(input=20, cache_write=8, output=9, cache_write_1h=5),
            {
                "input_tokens": 12,
                "cache_creation_input_tokens": 8,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 3,
                    "ephemeral_1h_input_tokens": 5,
                },
            },
        ),
    ],
)
def test_usage_counts_what_a_cache_held_apart(tokens: Tokens, more: Any) -> None:
    nothing_cached = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    usual = {"input_tokens": 20, **nothing_cached, "output_tokens": 9}
    assert usage_object(tokens) == {**usual, **more}


def test_an_answer_of_nothing_is_an_answer() -> None:
    body = json.loads(Messages().write(asked(), Completion("msg_1", "", [], TOKENS)))
    assert (body["id"], body["model"], body["content"]) == ("msg_1", "far/gpt", [])
