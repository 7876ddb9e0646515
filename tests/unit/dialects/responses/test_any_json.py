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
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from dataplane.dialects.responses.dialect import Responses
from dataplane.dialects.responses.request import READERS
from dataplane.errors import InvalidRequest
from dataplane.request import GatewayRequest
from tests.unit.dialects.responses.saying import asked, streamed

MARK = {"mode": "explicit", "ttl": "30m"}
FULL = {
    "instructions": "Be brief",
    "input": [
        {"role": "developer", "content": [{"type": "input_text", "text": "And kind"}]},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Hi", "prompt_cache_breakpoint": MARK},
                {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"},
                {"type": "input_file", "file_data": "AA", "filename": "a.pdf"},
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
            ],
        },
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm"}],
            "content": [{"type": "reasoning_text", "text": "Hm"}],
            "encrypted_content": 'purser:{"calls":{"c1":"s"}}',
        },
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No"}]},
        {"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "c1",
            "output": [{"type": "input_image", "image_url": "https://a.example"}],
        },
    ],
    "tools": [{"type": "function", "name": "add", "parameters": {}, "strict": True}],
    "tool_choice": {
        "type": "allowed_tools",
        "mode": "auto",
        "tools": [{"type": "function", "name": "add"}],
    },
    "text": {
        "format": {"type": "json_schema", "name": "n", "schema": {}, "strict": True},
        "verbosity": "low",
    },
    "reasoning": {"effort": "low", "summary": "auto", "context": "auto", "mode": "standard"},
    "include": ["reasoning.encrypted_content"],
    "stream_options": {"include_obfuscation": True},
    "prompt_cache_options": {"mode": "implicit"},
    "max_output_tokens": 100,
    "temperature": 1,
    "metadata": {"a": "b"},
    "user": "u",
}
WRONG = [None, True, -1, 10**30, 0.5, "", "\x00", [], [None], {}, {"type": []}, {"": {}}]
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
        Responses().read(request)
    except InvalidRequest as error:
        return bool(error.param)
    return True


def test_a_full_request_is_read():
    assert len(Responses().read(asked(**FULL)).messages) == 3


@pytest.mark.parametrize("path", list(paths(FULL)), ids=lambda path: ".".join(map(str, path)))
def test_whatever_is_wrong_in_a_request_it_is_read_or_refused(path: Path):
    for wrong in WRONG:
        assert is_read_or_refused(asked(**replaced(FULL, path, wrong)))


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(body=st.dictionaries(st.sampled_from([*READERS, "of_the_future"]), values, max_size=4))
def test_any_json_is_read_or_refused(body: dict[str, Any]):
    assert is_read_or_refused(asked(**body))


@pytest.mark.parametrize("field", READERS)
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
    | st.builds(TextDelta, texts)
    | st.builds(RefusalDelta, texts)
    | st.builds(ReasoningDelta, texts, st.none() | texts, st.none() | texts)
    | st.builds(CitationDelta, values)
    | st.builds(ToolCallDelta, indexes, texts)
    | st.builds(Stopped, st.sampled_from(Stop)),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(events=pieces, calls=st.lists(indexes, max_size=3))
def test_any_order_of_pieces_is_a_stream_that_the_sdk_takes(events: list[Any], calls: list[int]):
    started = [ToolCallStarted(index, f"c{n}", "f") for n, index in enumerate(calls)]

    written = streamed(*events, *started, *events)

    assert json.loads(json.dumps(written))[-1]["response"]["output"] is not None
