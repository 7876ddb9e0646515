"""Tokens counted before they are spent: free, whoever counts, and of record."""

from decimal import Decimal
from typing import Any

import anthropic
import pytest

from tests import builders, catalog
from tests.fakes import google
from tests.fakes.google_accounts import key_file
from tests.fakes.upstream import FakeUpstream, whole
from tests.integration.responses.claude import MODEL
from tests.plane import Plane, booked

HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOLS: Any = [{"name": "add", "input_schema": {"type": "object"}}]
COUNTED = whole({"input_tokens": 42})


def nothing_was_spent() -> None:
    row = booked().get()
    assert (row.status, row.usage_source, row.cost_usd) == (200, "none", 0)
    assert (row.input_tokens, row.output_tokens, row.endpoint) == (0, 0, "messages/count_tokens")


def test_anthropic_counts(client: anthropic.Anthropic, upstream: FakeUpstream):
    upstream.answers(COUNTED)

    counted = client.messages.with_raw_response.count_tokens(
        model=MODEL, messages=HELLO, tools=TOOLS, system="Be brief"
    )

    assert counted.parse().input_tokens == 42
    assert counted.request_id == counted.headers["x-request-id"]
    assert upstream.asked[0].path == "/v1/messages/count_tokens"
    assert upstream.asked[0].json == {
        "model": "claude-sonnet-4-5",
        "messages": HELLO,
        "tools": TOOLS,
        "system": "Be brief",
    }
    nothing_was_spent()


def test_a_budget_that_has_run_out_does_not_stop_a_count(
    client: anthropic.Anthropic, upstream: FakeUpstream
):
    builders.budget(limit_usd=Decimal("0.0001"))
    with pytest.raises(anthropic.RateLimitError):
        client.messages.create(model=MODEL, messages=HELLO, max_tokens=1_000)
    upstream.answers(COUNTED)

    assert client.messages.count_tokens(model=MODEL, messages=HELLO).input_tokens == 42


def test_a_model_without_a_price_is_counted_under_a_hard_budget(
    plane: Plane, upstream: FakeUpstream
):
    far = catalog.provider(base_url=upstream.url, kind="anthropic")
    model = catalog.model("claude-secret", of=far)
    builders.budget(limit_usd=Decimal(1))
    plane.wait_for_catalog(model.id)
    upstream.answers(COUNTED)

    with anthropic.Anthropic(base_url=plane.url, api_key=catalog.key()) as client:
        assert client.messages.count_tokens(model=model.id, messages=HELLO).input_tokens == 42
        with pytest.raises(anthropic.BadRequestError, match="model_unpriced"):
            client.messages.create(model=model.id, messages=HELLO, max_tokens=9)


def test_counts_take_nothing_of_a_limit_of_tokens(plane: Plane, upstream: FakeUpstream):
    far = catalog.provider(base_url=upstream.url, kind="anthropic")
    catalog.priced_model("claude-sonnet-4-5", of=far)
    secret = catalog.key(tokens_per_minute=5)
    plane.wait_for_catalog(MODEL)
    upstream.answers(COUNTED)

    with anthropic.Anthropic(base_url=plane.url, api_key=secret) as client:
        for _ in range(3):
            assert client.messages.count_tokens(model=MODEL, messages=HELLO).input_tokens == 42


@pytest.mark.parametrize("kind", ["gemini", "vertex"])
def test_google_counts_for_anthropics_clients(kind: str, plane: Plane, upstream: FakeUpstream):
    model = google.callable_model(kind, "gemini-2.5-flash", upstream.url)
    plane.wait_for_catalog(model.id)
    upstream.script = google.Answering(whole({"totalTokens": 42}))

    with anthropic.Anthropic(base_url=plane.url, api_key=catalog.key()) as client:
        counted = client.messages.count_tokens(model=model.id, messages=HELLO, system="Be brief")

    assert counted.input_tokens == 42
    assert upstream.asked[-1].path.endswith("gemini-2.5-flash:countTokens")
    assert "Be brief" in upstream.asked[-1].body.decode()
    nothing_was_spent()


def test_claude_counts_at_vertex(plane: Plane, upstream: FakeUpstream):
    model = google.callable_model("vertex", "claude-sonnet-4-5@20250929", upstream.url)
    plane.wait_for_catalog(model.id)
    upstream.script = google.Answering(COUNTED)

    with anthropic.Anthropic(base_url=plane.url, api_key=catalog.key()) as client:
        assert client.messages.count_tokens(model=model.id, messages=HELLO).input_tokens == 42

    assert upstream.asked[-1].path.endswith("publishers/anthropic/models/count-tokens:rawPredict")
    nothing_was_spent()


def test_who_cannot_count_says_so(plane: Plane, upstream: FakeUpstream):
    secret = catalog.callable_model("gpt-4o", base_url=upstream.url)
    plane.wait_for_catalog("far/gpt-4o")

    with (
        anthropic.Anthropic(base_url=plane.url, api_key=secret) as client,
        pytest.raises(anthropic.BadRequestError) as raised,
    ):
        client.messages.count_tokens(model="far/gpt-4o", messages=HELLO)

    body: Any = raised.value.body
    assert body["error"]["code"] == "endpoint_not_supported"
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"messages": []}, "invalid_field", "messages"),
        ({"mcp_servers": [{"url": "https://a.test"}]}, "unsupported_parameter", "mcp_servers"),
        ({"stream": True}, "unsupported_parameter", "stream"),
    ],
)
def test_what_is_wrong_with_a_count_is_named(
    wrong: dict[str, Any], code: str, param: str, plane: Plane, upstream: FakeUpstream
):
    model = google.callable_model("gemini", "gemini-2.5-flash", upstream.url)
    plane.wait_for_catalog(model.id)

    with (
        anthropic.Anthropic(base_url=plane.url, api_key=catalog.key()) as client,
        pytest.raises(anthropic.BadRequestError) as raised,
    ):
        client.messages.count_tokens(model=model.id, messages=HELLO, extra_body=wrong)

    body: Any = raised.value.body
    assert (body["error"]["code"], body["error"]["param"]) == (code, param)
    assert upstream.asked == []


def test_a_refusal_of_the_counter_is_put_into_anthropics_envelope(
    plane: Plane, upstream: FakeUpstream
):
    model = google.callable_model("gemini", "gemini-2.5-flash", upstream.url)
    plane.wait_for_catalog(model.id)
    refusal = {"error": {"code": 400, "message": "Too long", "status": "INVALID_ARGUMENT"}}
    upstream.script = google.Answering(whole(refusal, 400))

    with (
        anthropic.Anthropic(base_url=plane.url, api_key=catalog.key()) as client,
        pytest.raises(anthropic.BadRequestError, match="Too long"),
    ):
        client.messages.count_tokens(model=model.id, messages=HELLO)


def test_the_account_that_counts_needs_a_working_credential(plane: Plane, upstream: FakeUpstream):
    broken = {"service_account": {**key_file(upstream.url), "private_key": "none"}}
    far = google.provider("vertex", upstream.url, broken)
    model = catalog.priced_model("claude-sonnet-4-5@20250929", of=far)
    plane.wait_for_catalog(model.id)

    with (
        anthropic.Anthropic(base_url=plane.url, api_key=catalog.key(), max_retries=0) as client,
        pytest.raises(anthropic.InternalServerError) as raised,
    ):
        client.messages.count_tokens(model=model.id, messages=HELLO)

    assert raised.value.status_code == 502
