"""Errors in the middle of streams, and streams that are none. Bodies are synthetic."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.conversation.answer import Failed, Started, UsageReported
from tests.unit.providers.openai_conversing.asking import Fields, chunk, events, kinds, raw

DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
NOTHING_NEW = chunk({"role": "assistant", "content": ""})

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
