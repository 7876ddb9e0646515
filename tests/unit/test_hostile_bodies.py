"""No body makes the bound fail, shrink below its text, or pass what the books can hold."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.money import USD_MAX
from dataplane.metering.worst_case.amounts import worst_case_usd
from dataplane.metering.worst_case.estimate import tokens_guessed, worst_case
from dataplane.metering.worst_case.fitting import output_tokens_affordable
from dataplane.request import Endpoint, GatewayRequest
from tests.estimates import DEFAULT, call, deployment

DEEP = b"[" * 900 + b"]" * 900
FIELDS = [
    *("messages", "input", "contents", "prompt", "tools", "toolConfig", "functions", "text"),
    *("response_format", "previous_response_id", "service_tier", "speed", "n", "best_of"),
    *("max_tokens", "max_completion_tokens", "max_output_tokens", "max_tool_calls"),
    *("prediction", "thinking", "context_management", "plugins", "mcp_servers"),
]
INNER = [
    *("type", "content", "parts", "image_url", "url", "source", "data", "input_audio", "format"),
    *("file", "file_data", "inlineData", "mimeType", "document", "max_uses", "model"),
    *("function", "parameters", "tools", "budget_tokens", "toolResult", "output"),
]
KINDS = [
    *("text", "image_url", "input_audio", "file", "document", "tool_result", "function"),
    *("web_search", "advisor_20260301", "data:image/png;base64,AAAA", "wav", "content"),
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.text(max_size=4)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(KINDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(INNER), inner, max_size=5)
    ),
    max_leaves=20,
)
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)


def is_bounded(request: GatewayRequest) -> bool:
    worst = worst_case(request, deployment(), DEFAULT)
    amount = worst_case_usd(request, deployment(), DEFAULT)
    assert tokens_guessed(request) >= 0
    output_tokens_affordable(request, deployment(), USD_MAX, DEFAULT)
    assert worst.input_tokens > 0
    assert worst.output_tokens >= 0
    return amount is None or 0 <= amount <= USD_MAX


@settings(max_examples=400, deadline=None)
@given(body=bodies, endpoint=st.sampled_from(Endpoint))
def test_any_json_is_bounded(body: dict[str, Any], endpoint: Endpoint):
    assert is_bounded(call(json.dumps(body).encode(), endpoint))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [DEEP, b'"\xff\xfe"', b"1e999", b'"\\ud800"', b"-0.0"], ids=repr)
def test_what_cannot_be_decoded_is_bounded(field: str, value: bytes):
    request = call()
    request.fields = {**request.fields, field: msgspec.Raw(value)}

    for endpoint in Endpoint:
        request.endpoint = endpoint
        assert is_bounded(request)


def test_a_part_that_claims_to_be_an_image_hides_no_text():
    text = "x" * 50_000
    part = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}, "text": text}
    request = call(messages=[{"role": "user", "content": [part]}])

    assert worst_case(request, deployment(), DEFAULT).input_tokens > 50_000


def test_a_name_given_twice_does_not_lower_the_bound():
    body = b'{"max_tokens":9,"max_tokens":9000,"messages":[{"content":"x","content":"' + b"y" * 99
    request = call(body + b'"}]}')

    worst = worst_case(request, deployment(), DEFAULT)

    assert worst.output_tokens == 9_000
    assert worst.input_tokens > 99
