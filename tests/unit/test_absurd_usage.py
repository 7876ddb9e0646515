"""What a provider reports is owed in full, unless it cannot be: then all that was reserved is."""

import json
import logging
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.metering.records import Consumption, consumption, usage_record
from dataplane.providers.base import Reply
from dataplane.providers.openai import OpenAI
from dataplane.providers.openai_streams import ChatStreamReader, ResponsesStreamReader
from dataplane.snapshot.model import Deployment
from tests.estimates import call, deployment, listing, price

RESERVED_USD = Decimal("0.25")
USUAL = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
ADVICE = {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 10}
ADVISED = {
    "input_tokens": 100,
    "output_tokens": 10,
    "cache_read_input_tokens": 0,
    "iterations": [{"type": "message", "input_tokens": 100, "output_tokens": 10}, ADVICE],
}


def booked(usage: Any, at: Deployment | None = None) -> Consumption:
    return consumption(call(), at or deployment(), usage, 40, RESERVED_USD)


NONSENSE = [
    {**USUAL, "prompt_tokens": -1},
    {**USUAL, "completion_tokens": 10**18},
    {**USUAL, "completion_tokens": 1e18},
    {**USUAL, "prompt_tokens": float("nan")},
    {**USUAL, "prompt_tokens": float("inf")},
    {**USUAL, "prompt_tokens": "1000"},
    {**USUAL, "prompt_tokens": 12.5},
    {**USUAL, "prompt_tokens": True},
    {**USUAL, "prompt_tokens": {"n": [1]}},
    {**USUAL, "prompt_tokens_details": "many"},
    {**USUAL, "prompt_tokens_details": {"cached_tokens": -5}},
    {"prompt_tokens": 10**9, "completion_tokens": 0},
    {"input_tokens": 1, "output_tokens": 10**11, "total_tokens": 0},
    {"usage": {"usage": {"usage": {"usage": 1}}}},
    {"cost": 0.1},
    [USUAL],
    "lots",
    7,
    True,
]


@pytest.mark.parametrize("usage", NONSENSE, ids=repr)
def test_nonsense_is_booked_at_all_that_was_reserved_and_flagged(usage: Any):
    consumed = booked(usage)

    assert consumed.is_flagged
    assert consumed.cost_usd == RESERVED_USD
    assert consumed.source == "estimated"
    assert consumed.tokens.output == 10


def test_the_log_names_the_request_and_nothing_else_of_it(caplog: pytest.LogCaptureFixture):
    request = call()

    with caplog.at_level(logging.WARNING):
        consumption(request, deployment(), {**USUAL, "prompt_tokens": -1}, 0, RESERVED_USD)

    assert caplog.messages == [
        f"request {request.id} is booked at all it had reserved: "
        "prompt_tokens is not a count of tokens"
    ]


def test_without_an_amount_it_is_the_worst_case():
    cost_usd = consumption(call(max_tokens=1_000_000), deployment(), "lots", 0).cost_usd

    assert cost_usd is not None
    assert cost_usd > 10


def test_a_model_without_a_price_still_has_no_cost():
    assert booked("lots", deployment(price("priority"))).cost_usd is None


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None, "completion_tokens": None}])
def test_no_usage_is_an_estimate_and_no_fault(usage: Any):
    consumed = booked(usage)

    assert (consumed.source, consumed.is_flagged) == ("estimated", False)
    assert consumed.cost_usd is not None
    assert 0 < consumed.cost_usd < RESERVED_USD


def test_more_than_was_reserved_is_owed_in_full_as_long_as_it_can_be():
    consumed = booked({"prompt_tokens": 500_000, "completion_tokens": 100_000})

    assert not consumed.is_flagged
    assert consumed.source == "provider"
    assert consumed.cost_usd == Decimal(2)


def test_many_inputs_may_pass_the_window_many_times():
    request = call({"input": ["x" * 30_000] * 20})
    usage = {"prompt_tokens": 600_000, "total_tokens": 600_000}

    small = deployment(context_tokens=8_192)
    assert not consumption(request, small, usage, 0, RESERVED_USD).is_flagged


def test_where_no_window_is_known_a_thousand_million_tokens_are_too_many():
    unknown = deployment(context_tokens=None)

    assert not booked({"prompt_tokens": 10**9, "completion_tokens": 0}, unknown).is_flagged
    assert booked({"prompt_tokens": 10**9 + 1, "completion_tokens": 0}, unknown).is_flagged


def test_what_another_model_used_is_billed_at_its_own_price():
    at = deployment(others=[listing("claude-opus-4-8", price(input="5", output="25"))])

    consumed = booked(ADVISED, at)

    assert consumed.cost_usd == Decimal("0.0003") + Decimal("0.00005")
    assert usage_record(call(), status=200, consumed=consumed)["token_details"] == {
        "other_input": 10,
        "other_output": 0,
    }


def test_what_a_model_without_a_price_used_is_booked_at_all_that_was_reserved():
    consumed = booked(ADVISED)

    assert (consumed.is_flagged, consumed.cost_usd) == (True, RESERVED_USD)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "9" * 400, '"lots"', "[1]", "{}"])
def test_an_answer_with_nonsense_for_usage_is_still_an_answer(text: str):
    body = b'{"choices":[],"usage":{"prompt_tokens":' + text.encode() + b',"x":{}}}'

    whole = OpenAI().read_answer(call(), Reply(200, httpx.Headers(), body))

    assert whole.body == body
    assert booked(whole.usage).is_flagged


@pytest.mark.parametrize("usage", [b'{"prompt_tokens":NaN}', b'"lots"', b"[]", b"-1"])
def test_nonsense_in_a_stream_does_not_end_it(usage: bytes):
    chat = ChatStreamReader(shows_usage=True)
    responses = ResponsesStreamReader()

    chat.read(b'data: {"choices":[],"usage":' + usage + b"}\n\n")
    closing = b'{"type":"response.completed","response":{"usage":' + usage + b"}}"
    responses.read(b"event: response.completed\ndata: " + closing + b"\n\n")

    for reader in (chat, responses):
        assert not reader.has_failed
        assert booked(reader.usage).is_flagged


names = st.sampled_from(
    [
        *("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details"),
        *("completion_tokens_details", "reasoning_tokens", "cached_tokens", "audio_tokens"),
        *("input_tokens", "output_tokens", "cache_creation", "iterations", "model", "type"),
        *("cache_read_input_tokens", "inputTokens", "cacheDetails", "promptTokenCount"),
        *("thoughtsTokenCount", "promptTokensDetails", "usage", "service_tier", "speed"),
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(usage=json_values)
def test_whatever_is_reported_the_cost_is_an_amount_and_never_negative(usage: Any):
    consumed = booked(usage)

    assert consumed.cost_usd is not None
    assert 0 <= consumed.cost_usd < 10**9
    record = usage_record(call(), status=200, consumed=consumed)
    assert json.loads(json.dumps(record, default=lambda raw: None))["cost_usd"]
