"""The bound in tokens: from the size and the media, the limits that are heeded, and the model."""

import json
from typing import Any

import pytest

from billing.prices import LongContext, Price
from dataplane.metering.worst_case.estimate import (
    AUDIO_BYTES_PER_TOKEN,
    CONTEXT_SLACK,
    CONTEXT_TOKENS_LONG,
    CONTEXT_TOKENS_UNKNOWN,
    OVERHEAD_TOKENS,
    OVERHEAD_TOKENS_LONG,
    TOKENS_MAX,
    TOOL_RESULT_TOKENS,
    WorstCase,
    tokens_guessed,
    worst_case,
)
from dataplane.metering.worst_case.image_limits import CLAUDE, SLACK, TILES, TILES_4O_MINI
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment
from tests.estimates import DEFAULT, EPOCH, call, deployment, price

WINDOW = int(128_000 * CONTEXT_SLACK)


def bound(request: GatewayRequest, at: Deployment | None = None) -> WorstCase:
    return worst_case(request, at or deployment(), DEFAULT)


def said(text: str, *, escaped: bool = False) -> GatewayRequest:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
    return call(json.dumps(body, ensure_ascii=escaped).encode())


def picture(size: int, model: str = "gpt-4o", **fields: Any) -> GatewayRequest:
    url = "data:image/png;base64," + "A" * size
    part = {"type": "image_url", "image_url": {"url": url}}
    return call(model=model, messages=[{"role": "user", "content": [part]}], **fields)


def test_text_has_no_more_tokens_than_bytes():
    request = said("Bonjour ☃, 你好")

    assert bound(request).input_tokens == len(request.body) + OVERHEAD_TOKENS


@pytest.mark.parametrize("text", ["plain", "naïve café", "你好世界" * 20, "👩‍👩‍👧‍👦\x00\x7f" * 9])
def test_escapes_only_lengthen_what_is_said(text: str):
    utf8, escaped = bound(said(text)), bound(said(text, escaped=True))

    assert escaped.input_tokens >= utf8.input_tokens >= len(text.encode())


def test_grok_has_a_long_prompt_of_its_own():
    request = said("Who are you?")

    at = deployment(vendor="x-ai", model="grok-4")
    assert bound(request, at).input_tokens == len(request.body) + OVERHEAD_TOKENS_LONG


def test_no_prompt_is_longer_than_the_window_where_it_is_known():
    assert bound(said("x" * 500_000)).input_tokens == WINDOW
    unknown = deployment(context_tokens=None)
    assert bound(said("x" * 500_000), unknown).input_tokens > 500_000


def test_a_price_for_what_is_beyond_the_window_means_a_longer_one():
    rates = price().rates
    beyond = Price("p", EPOCH, rates, long_context=(LongContext(200_000, rates),))
    at = deployment(beyond, context_tokens=200_000)

    assert bound(said("x" * 9_000_000), at).input_tokens == CONTEXT_TOKENS_LONG


def test_embeddings_have_a_window_for_each_input():
    inputs = call({"input": ["x" * 20_000] * 10}, Endpoint.EMBEDDINGS)

    at = deployment(model="text-embedding-3-small", context_tokens=8_192)
    assert bound(inputs, at).input_tokens > 200_000
    assert bound(inputs, at).output_tokens == 0


def test_a_list_of_tokens_has_a_digit_and_a_comma_for_each():
    tokens = call({"input": [7] * 1_000}, Endpoint.EMBEDDINGS)

    assert bound(tokens).input_tokens >= 1_000


@pytest.mark.parametrize(
    ("vendor", "model", "tokens"),
    [
        ("openai", "gpt-4o", TILES + SLACK),
        ("openai", "gpt-4o-mini", TILES_4O_MINI + SLACK),
        ("openai", "ft:gpt-4o-mini:acme::1", TILES_4O_MINI + SLACK),
        ("azure", "our-own-name", TILES_4O_MINI + SLACK),
        ("aws", "us.anthropic.claude-sonnet-4-5-v1:0", CLAUDE + SLACK),
    ],
)
def test_an_image_counts_by_its_vendors_rule_whatever_its_size(
    vendor: str, model: str, tokens: int
):
    at = deployment(vendor=vendor, model=model)

    for size in (100, 100_000):
        assert 0 <= bound(picture(size), at).input_tokens - tokens < 300


def test_an_image_counts_as_the_window_where_no_rule_is_known():
    at = deployment(vendor="mistral", model="pixtral-large")

    assert bound(picture(100), at).input_tokens == WINDOW


def test_audio_counts_by_its_length_in_bytes():
    sound = {"type": "input_audio", "input_audio": {"data": "A" * 16_000, "format": "wav"}}
    request = call(messages=[{"role": "user", "content": [sound]}])

    tokens = bound(request).input_tokens
    assert 16_000 // AUDIO_BYTES_PER_TOKEN < tokens < 1_000 + OVERHEAD_TOKENS + 300
    assert not bound(request).is_text


def test_a_file_counts_as_the_window():
    file = {"type": "file", "file": {"file_id": "file-1"}}
    request = call(messages=[{"role": "user", "content": [file]}])

    assert bound(request).input_tokens == WINDOW
    assert bound(request, deployment(context_tokens=None)).input_tokens > CONTEXT_TOKENS_UNKNOWN


def test_every_step_of_a_providers_tools_reads_it_all_again():
    request = call(tools=[{"type": "web_search_20250305", "max_uses": 2}])
    at = deployment(context_tokens=1_000_000)

    worst = bound(request, at)

    assert worst.input_tokens > 3 * TOOL_RESULT_TOKENS
    assert worst.input_tokens < 3 * (TOOL_RESULT_TOKENS + 3_000)
    assert (worst.web_searches, worst.is_text) == (2, False)


@pytest.mark.parametrize(
    ("endpoint", "fields", "tokens"),
    [
        (Endpoint.CHAT_COMPLETIONS, {"max_tokens": 50}, 50),
        (Endpoint.CHAT_COMPLETIONS, {"max_completion_tokens": 50}, 50),
        (Endpoint.CHAT_COMPLETIONS, {"max_tokens": 50, "max_completion_tokens": 70}, 70),
        (Endpoint.CHAT_COMPLETIONS, {"max_output_tokens": 50}, 4_096),
        (Endpoint.RESPONSES, {"max_output_tokens": 50}, 50),
        (Endpoint.RESPONSES, {"max_tokens": 50}, 4_096),
        (Endpoint.COMPLETIONS, {"max_tokens": 50, "prompt": "Once"}, 50),
        (Endpoint.COMPLETIONS, {"max_completion_tokens": 50, "prompt": "Once"}, 4_096),
        (Endpoint.EMBEDDINGS, {"max_tokens": 50}, 0),
    ],
)
def test_a_limit_holds_under_a_name_that_its_endpoint_knows(
    endpoint: Endpoint, fields: dict[str, Any], tokens: int
):
    at = deployment(output_tokens_max=4_096)

    assert bound(call({"model": "m", **fields}, endpoint), at).output_tokens == tokens


def test_a_vendor_that_knows_only_max_tokens_heeds_no_other_limit():
    request = call(max_completion_tokens=50)

    at = deployment(vendor="deepseek", output_tokens_max=8_192)
    assert bound(request, at).output_tokens == 8_192


@pytest.mark.parametrize("limit", [0, -1, 1.5, "100", True, None, [100], {"tokens": 1}])
def test_a_limit_that_is_none_leaves_the_models(limit: Any):
    at = deployment(output_tokens_max=4_096)

    assert bound(call(max_tokens=limit), at).output_tokens == 4_096


def test_a_model_that_nobody_knows_has_the_default_within_its_window():
    assert bound(call(), deployment()).output_tokens == DEFAULT
    assert bound(call(), deployment(context_tokens=8_192)).output_tokens == 8_192
    assert bound(call(), deployment(context_tokens=None)).output_tokens == DEFAULT


@pytest.mark.parametrize(
    ("endpoint", "fields", "answers"),
    [
        (Endpoint.CHAT_COMPLETIONS, {"n": 3}, 3),
        (Endpoint.CHAT_COMPLETIONS, {"n": None}, 1),
        (Endpoint.COMPLETIONS, {"prompt": "a", "n": 2, "best_of": 5}, 5),
        (Endpoint.COMPLETIONS, {"prompt": ["a", "b", "c"], "n": 2}, 6),
        (Endpoint.COMPLETIONS, {"prompt": [1, 2, 3]}, 1),
        (Endpoint.COMPLETIONS, {"prompt": [[1, 2], [3]]}, 2),
        (Endpoint.COMPLETIONS, {"prompt": []}, 1),
    ],
)
def test_every_answer_that_is_generated_counts(
    endpoint: Endpoint, fields: dict[str, Any], answers: int
):
    request = call({"model": "m", "max_tokens": 100, **fields}, endpoint)

    assert bound(request).output_tokens == 100 * answers


def test_a_prediction_that_is_not_taken_is_billed_as_output():
    prediction = {"type": "content", "content": "x" * 1_000}

    assert bound(call(max_tokens=100, prediction=prediction)).output_tokens > 1_100


def test_hostile_numbers_stay_numbers():
    worst = bound(call(max_tokens=10**30, n=10**30))

    assert worst.output_tokens == TOKENS_MAX


def test_the_guess_of_a_large_picture_is_not_its_size():
    assert tokens_guessed(picture(400_000, max_tokens=100)) < 2_000
    assert tokens_guessed(call(max_tokens=100)) < 200
