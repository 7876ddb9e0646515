"""No body makes the reader fail in any way but a named 400, nor an answer that cannot be sent."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.conversation.answer import (
    CitationDelta,
    Event,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from dataplane.dialects.messages import Messages
from dataplane.errors import InvalidRequest
from dataplane.request import Endpoint, GatewayRequest
from tests.unit.dialects.messages.saying import asked, one_block_at_a_time, streamed

MARK = {"type": "ephemeral", "ttl": "1h"}
FULL = {
    "model": "far/gpt",
    "max_tokens": 9,
    "system": [{"type": "text", "text": "Be brief", "cache_control": MARK}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi"},
                {"type": "image", "source": {"type": "url", "url": "https://a.test"}},
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "A"},
                    "title": "A",
                    "citations": {"enabled": True},
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm", "signature": "E"},
                {"type": "redacted_thinking", "data": 'purser:["t","s"]'},
                {"type": "tool_use", "id": "t", "name": "add", "input": {"a": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t",
                    "content": [{"type": "text", "text": "7"}],
                    "is_error": False,
                }
            ],
        },
    ],
    "tools": [{"name": "add", "input_schema": {"type": "object"}, "cache_control": MARK}],
    "tool_choice": {"type": "tool", "name": "add", "disable_parallel_tool_use": True},
    "thinking": {"type": "enabled", "budget_tokens": 1024, "display": "omitted"},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    "metadata": {"user_id": "u"},
    "stop_sequences": ["END"],
    "temperature": 0.5,
}
ODD: list[Any] = [None, True, -1, 10**30, 1.5, "", "auto", [], {}, [None], {"type": "text"}]


def is_read_or_refused(call: GatewayRequest) -> None:
    refusal = None
    try:
        Messages().read(call)
    except InvalidRequest as error:
        refusal = error
    assert refusal is None or refusal.param or refusal.code == "invalid_json"


def of_bytes(body: bytes, endpoint: Endpoint = Endpoint.MESSAGES) -> GatewayRequest:
    call = asked(endpoint)
    call.body = body
    call.fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return call


def with_something_odd(value: Any, odd: Any) -> Iterator[Any]:
    """The value with one place of it, at any depth, put wrong."""
    yield odd
    if isinstance(value, dict):
        for name, inner in value.items():
            yield {key: kept for key, kept in value.items() if key != name}
            for wrong in with_something_odd(inner, odd):
                yield {**value, name: wrong}
        yield {**value, "unheard_of": odd}
    if isinstance(value, list):
        for place, inner in enumerate(value):
            for wrong in with_something_odd(inner, odd):
                yield [*value[:place], wrong, *value[place + 1 :]]


def test_the_full_request_is_read() -> None:
    assert Messages().read(of_bytes(json.dumps(FULL).encode())).tools


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_one_thing_wrong_anywhere_is_a_named_refusal(odd: Any) -> None:
    for body in with_something_odd(FULL, odd):
        if isinstance(body, dict):
            is_read_or_refused(of_bytes(json.dumps(body).encode()))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"messages":' + b"[" * 5_000 + b"]" * 5_000 + b',"max_tokens":1}',
        b'{"messages":[{"role":"user","content":"\\ud800"}],"max_tokens":1}',
        b'{"messages":[{"role":"user","content":"a"}],"max_tokens":1,"tools":[[[[]]]]}',
        b'{"messages":[{"role":"user","content":"a"}],"max_tokens":1,"x\\ud800":1}',
        b'{"messages":[{"role":"user","content":"a"}],"max_tokens":1,"tools":[{"type":"\\ud800"}]}',
    ],
)
def test_what_is_no_json_all_through_is_refused(raw: bytes) -> None:
    try:
        call = of_bytes(raw)
    except (msgspec.DecodeError, RecursionError):
        return  # refused before any dialect sees it
    is_read_or_refused(call)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "content", "source", "role", "input", "id", "name"]),
            inner
            | st.sampled_from(["user", "assistant", "tool_use", "tool_result", "image", "base64"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(body=st.dictionaries(st.sampled_from([*FULL, "stream", "container"]), values, max_size=6))
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    for endpoint in (Endpoint.MESSAGES, Endpoint.COUNT_TOKENS):
        is_read_or_refused(of_bytes(json.dumps(body).encode(), endpoint))


texts = st.text(st.characters(), max_size=4)
events = st.one_of(
    st.builds(Started, texts, texts),
    st.builds(TextDelta, texts),
    st.builds(RefusalDelta, texts),
    st.builds(ReasoningDelta, texts, st.none() | texts, st.none() | texts),
    st.builds(CitationDelta, st.just({"type": "page_location"})),
    st.builds(ToolCallStarted, st.integers(0, 3), texts, texts, st.none() | texts),
    st.builds(ToolCallDelta, st.integers(0, 3), texts | st.sampled_from(["{}", '{"a":'])),
    st.builds(Stopped, st.sampled_from(Stop), st.none() | texts),
)


@settings(max_examples=300, deadline=None)
@given(given_events=st.lists(events, max_size=12))
def test_any_events_are_a_stream_in_order(given_events: list[Event]) -> None:
    """Whatever a provider says in whatever order, half characters included."""
    writer = Messages().stream(asked(stream=True))
    written = b"".join([*map(writer.write, given_events), writer.ending()])
    found = [json.loads(each.partition(b"data: ")[2]) for each in written.split(b"\n\n")[:-1]]
    one_block_at_a_time(found)


def test_half_characters_are_escaped() -> None:
    halves = [TextDelta("\ud83d"), TextDelta("\ude00")]
    assert [event["delta"]["text"] for event in _deltas(*halves)] == ["\ud83d", "\ude00"]


def _deltas(*of: Event) -> list[dict[str, Any]]:
    return [event for event in streamed_raw(*of) if event["type"] == "content_block_delta"]


def streamed_raw(*of: Event) -> list[dict[str, Any]]:
    writer = Messages().stream(asked(stream=True))
    written = b"".join([*map(writer.write, of), writer.ending()])
    return [json.loads(each.partition(b"data: ")[2]) for each in written.split(b"\n\n")[:-1]]


def test_the_sdk_reads_a_stream_of_everything() -> None:
    assert streamed(TextDelta("A"), ToolCallStarted(0, "a", "b"), Stopped(Stop.TOOL_CALLS))
