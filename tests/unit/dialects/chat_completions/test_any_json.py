"""No body makes the reader fail in any way but a named 400, nor an answer that cannot be sent."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.conversation.answer import (
    CitationDelta,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from dataplane.dialects.chat_completions import ChatCompletions
from dataplane.dialects.chat_completions.forms import RequestForm
from dataplane.errors import InvalidRequest
from dataplane.request import GatewayRequest
from tests.unit.dialects.chat_completions.saying import asked, streamed

FIELDS = RequestForm.__struct_fields__
MARK = {"type": "ephemeral", "ttl": "1h"}
FUNCTION = {"name": "add", "description": "Adds", "parameters": {"a": None}, "strict": True}
FULL = {
    "messages": [
        {"role": "developer", "content": "Be brief", "cache_control": MARK},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi", "prompt_cache_breakpoint": {"mode": "explicit"}},
                {"type": "image_url", "image_url": {"url": "https://a.example", "detail": "low"}},
                {"type": "image_url", "image_url": "data:image/png;base64,AA"},
                {"type": "video_url", "video_url": {"url": "gs://a/b"}},
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
                {"type": "file", "file": {"file_data": "AA", "filename": "a.pdf"}},
                {"type": "file", "file": {"file_id": "f"}},
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "refusal", "refusal": "No"}],
            "refusal": "No",
            "reasoning_details": [
                {"type": "reasoning.text", "text": "Hm", "signature": "s", "index": 0},
                {"type": "reasoning.encrypted", "data": "d", "index": 1},
            ],
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "add", "arguments": "{}"},
                    "extra_content": {"google": {"thought_signature": "s"}},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "2"}]},
        {"role": "assistant", "reasoning_content": "Hm", "content": "Two"},
    ],
    "tools": [{"type": "function", "function": FUNCTION, "cache_control": MARK}],
    "tool_choice": {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "auto", "tools": [{"function": {"name": "add"}}]},
    },
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": {"a": None}, "strict": True},
    },
    "reasoning": {"effort": "low", "max_tokens": 5, "enabled": True},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "stream_options": {"include_usage": True, "include_obfuscation": True},
    "stop": ["a"],
    "logit_bias": {"1": 2},
    "max_tokens": 10,
    "temperature": 1,
    "modalities": ["text"],
    "metadata": {"a": "b"},
}
LEGACY = {
    "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "function_call": {"name": "add", "arguments": "{}"}},
        {"role": "function", "name": "add", "content": "2"},
    ],
    "functions": [FUNCTION],
    "function_call": {"name": "add"},
}
WRONG = [None, True, -1, 10**30, 0.5, "", "\x00", "a`- at `$.b`", [], [None], {}, {"type": []}]
Path = tuple[str | int, ...]


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """To everything in it, however deep."""
    if here:
        yield here
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in inner:
            yield from paths(item, (*here, name))


def replaced(value: Any, path: Path, by: Any) -> Any:
    if not path:
        return by
    copied = value.copy()
    copied[path[0]] = replaced(value[path[0]], path[1:], by)
    return copied


def is_read_or_refused(request: GatewayRequest) -> bool:
    """Whether a refusal, if it comes to that, names what is wrong."""
    try:
        ChatCompletions().read(request)
    except InvalidRequest as error:
        return bool(error.param) or error.code == "invalid_json"
    return True


@pytest.mark.parametrize("full", [FULL, LEGACY])
def test_a_full_request_is_read(full: dict[str, Any]):
    assert len(ChatCompletions().read(asked(**full)).messages) >= 3


@pytest.mark.parametrize("path", list(paths(FULL)), ids=lambda path: ".".join(map(str, path)))
def test_whatever_is_wrong_in_a_request_it_is_read_or_refused(path: Path):
    for wrong in WRONG:
        assert is_read_or_refused(asked(**replaced(FULL, path, wrong)))


@pytest.mark.parametrize("path", list(paths(LEGACY)), ids=lambda path: ".".join(map(str, path)))
def test_whatever_is_wrong_in_the_older_form_it_is_read_or_refused(path: Path):
    for wrong in WRONG:
        assert is_read_or_refused(asked(**replaced(LEGACY, path, wrong)))


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(body=st.dictionaries(st.sampled_from([*FIELDS, "of_the_future"]), values, max_size=4))
def test_any_json_is_read_or_refused(body: dict[str, Any]):
    assert is_read_or_refused(asked(**body))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "value", [b"[" * 5000 + b"]" * 5000, b'"\xff"', b"1e999", b'"\\ud800"', b"-0.0"], ids=len
)
def test_what_cannot_be_decoded_is_refused(field: str, value: bytes):
    request = asked()
    request.fields = {**request.fields, field: msgspec.Raw(value)}

    assert is_read_or_refused(request)


texts = st.text(max_size=5) | st.sampled_from(["\ud83d", "\ude00", "\n\n", "data: x", "\x00"])
indexes = st.integers(0, 2)
pieces = st.lists(
    st.builds(Started, texts, texts)
    | st.builds(TextDelta, texts, indexes)
    | st.builds(RefusalDelta, texts)
    | st.builds(ReasoningDelta, texts, st.none() | texts, st.none() | texts)
    | st.builds(CitationDelta, values)
    | st.builds(ToolCallStarted, indexes, texts, texts)
    | st.builds(ToolCallDelta, indexes, texts)
    | st.builds(Stopped, st.sampled_from(Stop)),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(events=pieces)
def test_any_order_of_pieces_is_a_stream_that_the_sdk_takes(events: list[Any]):
    chunks = streamed(*events)

    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
