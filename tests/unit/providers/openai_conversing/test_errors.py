"""Refusals in the shapes of many servers. Bodies are synthetic."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.providers.base import UpstreamError
from tests.unit.providers.openai_conversing.asking import PROVIDERS, reply

FAULT = {"type": "missing", "loc": ["body", "messages", 0], "msg": "Field required"}

SHAPES: list[tuple[Any, str, str | None]] = [
    ({"error": {"message": "m", "type": "t", "param": None, "code": "c"}}, "m", "t"),
    ({"error": {"message": "m", "type": None, "code": "content_filter"}}, "m", "content_filter"),
    ({"error": {"code": "401", "message": "m"}}, "m", "401"),
    ({"error": {"code": 404, "message": "m", "status": "NOT_FOUND"}}, "m", "NOT_FOUND"),
    ([{"error": {"code": 400, "message": "m", "status": "INVALID"}}], "m", "INVALID"),
    ({"error": "m", "code": "c"}, "m", "c"),
    ({"error": {"message": "m", "failed_generation": "x"}}, "m", None),
    ({"error": {"message": "m", "code": 429, "metadata": {"raw": "why"}}}, "m: why", None),
    ({"detail": "m"}, "m", None),
    ({"detail": [FAULT]}, "body.messages.0: Field required", None),
    ({"object": "error", "message": "m", "type": "t", "code": 3000}, "m", "t"),
    ({"object": "Error", "message": {"detail": [FAULT]}}, "body.messages.0: Field required", None),
    ({"message": "m"}, "m", None),
    ({}, "", None),
    ([], "", None),
    (7, "", None),
    ("m", "m", None),
    (b"", "", None),
    (b"<!DOCTYPE html><html>502</html>", "", None),
    (b"upstream connect error", "upstream connect error", None),
    (b"\xff\xfe", "\ufffd\ufffd", None),
]

TIMES = [
    ({}, "Please retry in 48.9s.", 48.9),
    ({}, "Please try again in 250ms.", 0.25),
    ({}, "Please try again in 20s. Visit https://a.example", 20.0),
    ({"retry-after": "7"}, "Please try again in 20s.", 7.0),
    ({"retry-after-ms": "1500", "retry-after": "2"}, "m", 1.5),
    ({}, "Please retry shortly.", None),
]


@pytest.mark.parametrize(("body", "message", "kind"), SHAPES, ids=str)
def test_an_error_of_any_shape_says_what_it_says(body: Any, message: str, kind: str | None):
    assert PROVIDERS["openai"].read_error(reply(body, 400)) == UpstreamError(message, kind)


@pytest.mark.parametrize(("headers", "message", "seconds"), TIMES, ids=str)
def test_the_time_to_come_back_is_found_in_headers_or_words(
    headers: dict[str, str], message: str, seconds: float | None
):
    refusal = reply({"error": {"message": message}}, 429, **headers)

    assert PROVIDERS["openai"].read_error(refusal).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("body", "is_key"),
    [
        ({"code": "Client specified an invalid argument", "error": "Incorrect API key: x"}, True),
        ([{"error": {"code": 400, "message": "API key not valid. Please pass one."}}], True),
        ({"error": {"message": "Who are you?", "code": "invalid_api_key"}}, True),
        ({"error": {"message": "Unknown field: 'invalid_api_key'", "code": "x"}}, False),
        ({"detail": "The prompt says: Incorrect API key"}, False),
    ],
)
def test_a_wrong_key_is_told_apart_from_a_wrong_request(body: Any, is_key: bool):
    assert PROVIDERS["openai"].read_error(reply(body, 400)).is_about_credential is is_key


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "detail", "metadata", "loc", "code"]), inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(body=values)
def test_no_error_breaks_the_reader(body: Any):
    error = PROVIDERS["openai"].read_error(reply(json.dumps(body).encode(), 500))

    assert isinstance(error.message, str)


def test_a_long_error_is_cut():
    assert len(PROVIDERS["openai"].read_error(reply({"detail": "m" * 9_000})).message) == 2_000
