"""Whole answers of Claude's, and what it says when it refuses."""

from typing import Any

import pytest

from billing.tokens import NO_TOKENS, Tokens
from dataplane.conversation.answer import Stop
from dataplane.conversation.parts import Part, Reasoning, Text, ToolCall
from dataplane.providers.anthropic.answers import read_completion
from dataplane.providers.anthropic.errors import read_error, refusal_in_envelope
from dataplane.providers.base import AnswerUnusable
from dataplane.request import Endpoint
from tests.unit.providers.anthropic.asking import call, reply

USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 100,
    "cache_creation_input_tokens": 30,
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
    "output_tokens": 8,
    "output_tokens_details": {"thinking_tokens": 3},
}
PAGE = {"type": "web_search_result_location", "url": "https://a.test", "title": "A"}


def message(*blocks: Any, **fields: Any) -> dict[str, Any]:
    usual = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-1"}
    end = {"stop_reason": "end_turn", "stop_sequence": None, "usage": USAGE}
    return {**usual, "content": list(blocks), **end, **fields}


def test_an_answer() -> None:
    completion = read_completion(reply(message({"type": "text", "text": "Hello"})))

    assert (completion.id, completion.model) == ("msg_1", "claude-1")
    assert completion.usage == USAGE
    assert completion.tokens == Tokens(140, 100, 30, 8, 3, cache_write_1h=10)
    (choice,) = completion.choices
    assert (choice.parts, choice.stop) == ([Text("Hello")], Stop.END)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "text": "Hi", "citations": [PAGE]}, [Text("Hi", citations=[PAGE])]),
        ({"type": "text", "text": "Hi", "citations": None}, [Text("Hi")]),
        (
            {"type": "thinking", "thinking": "Hm", "signature": "EqUB+/="},
            [Reasoning("Hm", "EqUB+/=")],
        ),
        ({"type": "redacted_thinking", "data": "EmwK"}, [Reasoning(redacted="EmwK")]),
        (
            {"type": "tool_use", "id": "t", "name": "add", "input": {"a": [1, "é"]}},
            [ToolCall("t", "add", '{"a":[1,"é"]}')],
        ),
        ({"type": "tool_use", "id": "t", "name": "add", "input": {}}, [ToolCall("t", "add", "{}")]),
        ({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "a"}}, []),
        ({"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"text": 1}]}, []),
        ({"type": "mcp_tool_use", "id": "m", "name": "x", "input": {}, "server_name": "y"}, []),
        ({"type": "compaction", "content": "What came before"}, []),
        ({"type": "container_upload", "file_id": "f"}, []),
        ({"type": "new", "text": {"deep": 1}, "data": 7, "id": None}, []),
        ({"no": "type"}, []),
    ],
)
def test_blocks(block: Any, expected: list[Part]) -> None:
    assert read_completion(reply(message(block))).choices[0].parts == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", Stop.END),
        ("max_tokens", Stop.LENGTH),
        ("model_context_window_exceeded", Stop.LENGTH),
        ("stop_sequence", Stop.STOP_SEQUENCE),
        ("tool_use", Stop.TOOL_CALLS),
        ("refusal", Stop.REFUSAL),
        ("pause_turn", Stop.PAUSE),
        ("something_new", Stop.END),
        (None, Stop.END),
        (["odd"], Stop.END),
    ],
)
def test_why_it_stopped(reason: Any, expected: Stop) -> None:
    read = read_completion(reply(message(stop_reason=reason)))
    assert read.choices[0].stop is expected


def test_what_is_said_of_a_stop_is_kept() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "Not that."}
    read = read_completion(
        reply(message(stop_reason="refusal", stop_sequence="END", stop_details=details))
    )
    assert (read.choices[0].stop_sequence, read.choices[0].details) == ("END", details)


@pytest.mark.parametrize("usage", ["lots", [1], {"input_tokens": -1}, {"input_tokens": "7"}, None])
def test_an_answer_with_nonsense_for_usage_is_still_an_answer(usage: Any) -> None:
    completion = read_completion(reply(message({"type": "text", "text": "Hi"}, usage=usage)))
    assert completion.choices[0].parts == [Text("Hi")]
    assert (completion.usage, completion.tokens) == (usage, NO_TOKENS)


def test_half_a_character_goes_on_as_it_came() -> None:
    body = rb'{"content":[{"type":"tool_use","id":"t","name":"a","input":{"b":"\ud83d"}}]}'
    (part,) = read_completion(reply(body)).choices[0].parts
    assert isinstance(part, ToolCall)
    assert part.arguments == r'{"b": "\ud83d"}'


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"content": "text"}', b'{"type":"error","error":{"message":"no"}}'],
)
def test_what_is_no_answer_is_unusable(body: bytes) -> None:
    with pytest.raises(AnswerUnusable):
        read_completion(reply(body))


OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
EXHAUSTED = {"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}


@pytest.mark.parametrize(
    ("body", "message", "kind"),
    [
        (OVERLOADED, "Overloaded", "overloaded_error"),
        (EXHAUSTED, "Quota", "RESOURCE_EXHAUSTED"),
        ([EXHAUSTED], "Quota", "RESOURCE_EXHAUSTED"),
        ({"error": "no"}, "no", None),
        ({"detail": "no"}, "no", None),
        ({"message": "no"}, "no", None),
        ({"error": {"message": {"a": 1}, "type": 7}}, "", None),
        ([], "", None),
        ("text", "", None),
        (b"<html>Bad gateway</html>", "", None),
        (b"", "", None),
        (b"[" * 100_000, "", None),
    ],
)
def test_errors_of_any_shape_are_read(body: Any, message: str, kind: str | None) -> None:
    error = read_error(reply(body, 529, **{"retry-after": "7"}))
    assert (error.message, error.type, error.retry_after_seconds) == (message, kind, 7)


def test_anthropics_own_envelope_is_passed_on_without_our_secrets() -> None:
    body = {"type": "error", "error": {"type": "x", "message": "bad sk-secret"}, "request_id": "r"}
    passed = refusal_in_envelope(reply(body, 400), call(Endpoint.MESSAGES), ("sk-secret",))
    assert b"bad [redacted]" in passed
    assert b'"request_id": "r"' in passed


@pytest.mark.parametrize("body", [EXHAUSTED, {"detail": "Quota"}, [EXHAUSTED]])
def test_any_other_refusal_is_put_into_the_envelope(body: Any) -> None:
    passed = refusal_in_envelope(reply(body, 400), call(Endpoint.MESSAGES), ())
    assert passed.startswith(b'{"type":"error","error":{"message":"Quota"')
