"""Providers that speak the Responses API themselves: what comes and goes is passed on.

The far end's answers are synthetic, written from OpenAI's documentation.
"""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.fakes.upstream import FakeUpstream, stream, whole
from tests.plane import Plane, booked

MODEL = "far/gpt-5"
USAGE = {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "gpt-5",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
}


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def lifecycle(kind: str, status: str, **fields: Any) -> bytes:
    return event(f"response.{kind}", response={**RESPONSE, "status": status, **fields})


CREATED = lifecycle("created", "in_progress")
DELTA = event("response.output_text.delta", delta="Hello")
COMPLETED = lifecycle("completed", "completed", usage=USAGE)
ERROR = {"code": "server_error", "message": "It broke"}
FAILED = lifecycle("failed", "failed", error=ERROR, usage=USAGE)


@pytest.fixture
def client(plane: Plane, upstream: FakeUpstream) -> Iterator[openai.OpenAI]:
    from tests import catalog  # needs the apps, which pytest's configuration sets up

    secret = catalog.callable_model("gpt-5", base_url=f"{upstream.url}/v1", kind="openai")
    plane.wait_for_catalog(MODEL)
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
        yield client


def streamed(client: openai.OpenAI, **fields: Any) -> str:
    """The body of a stream as it came."""
    raw = client.responses.with_raw_response.create(
        **{"model": MODEL, "input": "Hi", "stream": True, **fields}
    )
    return raw.http_response.read().decode()


def kinds(body: str) -> list[str]:
    return [line[7:] for line in body.splitlines() if line.startswith("event: ")]


def test_what_only_openai_can_do_is_passed_on(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(whole({**RESPONSE, "status": "completed", "usage": USAGE}))
    given: Any = {
        "previous_response_id": "resp_0",
        "tools": [{"type": "web_search"}],
        "truncation": "auto",
        "store": True,
    }

    client.responses.create(model=MODEL, input="Hi", **given)

    assert upstream.asked[0].path == "/v1/responses"
    assert upstream.asked[0].json == {"model": "gpt-5", "input": "Hi", **given}


def test_a_response_in_the_background_is_passed_on_and_booked_at_what_it_may_cost(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(whole({**RESPONSE, "status": "queued", "background": True, "usage": None}))

    response = client.responses.create(model=MODEL, input="Hi", background=True)

    assert response.status == "queued"
    row = booked().get()
    assert row.usage_source == "estimated"
    assert row.cost_usd > 0


def test_a_stream_of_a_queued_response_is_passed_on(client: openai.OpenAI, upstream: FakeUpstream):
    queued = lifecycle("queued", "queued")
    upstream.answers(stream([CREATED, queued, DELTA, COMPLETED]))

    body = streamed(client, background=True)

    assert body.encode() == CREATED + queued + DELTA + COMPLETED
    assert booked().get().output_tokens == 5


def test_a_response_that_fails_midway_is_told_once(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(stream([CREATED, DELTA, FAILED]))

    body = streamed(client)

    assert kinds(body) == ["response.created", "response.output_text.delta", "response.failed"]
    row = booked().get()
    assert row.error_code == "upstream_failed"
    assert (row.output_tokens, row.usage_source) == (5, "provider")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(event("error", **ERROR), id="openais"),
        pytest.param(event("error", error=ERROR), id="with its error inside"),
        pytest.param(b'data: {"error": {"message": "It broke"}}\n\n', id="without a type"),
        pytest.param(b"event: error\ndata: overloaded\n\n", id="not in JSON"),
    ],
)
def test_an_error_midway_is_told_once(client: openai.OpenAI, upstream: FakeUpstream, error: bytes):
    upstream.answers(stream([CREATED, DELTA, error]))

    body = streamed(client)

    assert body.encode().startswith(CREATED + DELTA)
    assert body.count("data: ") == 3
    assert "error" in body
    row = booked().get()
    assert (row.error_code, row.usage_source) == ("upstream_failed", "estimated")


def test_an_error_in_a_field_of_its_own_is_told_as_an_event(
    client: openai.OpenAI, upstream: FakeUpstream
):
    """llama-box sends `error: {…}`, which the standard has clients drop in silence."""
    upstream.answers(stream([CREATED, DELTA, b'error: {"message": "It broke"}\n\n']))

    body = streamed(client)

    assert 'data: {"error":{"message": "It broke"}}' in body
    assert booked().get().error_code == "upstream_failed"


@pytest.mark.parametrize("failure", [FAILED, event("error", **ERROR), event("error", error=ERROR)])
def test_a_failure_before_the_first_word_is_an_error_of_http(
    client: openai.OpenAI, upstream: FakeUpstream, failure: bytes
):
    upstream.answers(stream([CREATED, failure]))

    with pytest.raises(openai.APIStatusError) as refusal:
        streamed(client)

    assert refusal.value.status_code == 502


def test_a_refused_stream_is_an_error_of_http(client: openai.OpenAI, upstream: FakeUpstream):
    """OpenAI answers a bad request in plain JSON, also where a stream was asked for."""
    error = {"message": "No such tool", "type": "invalid_request_error", "param": "tools"}
    upstream.answers(whole({"error": {**error, "code": None}}, status=400))

    with pytest.raises(openai.BadRequestError) as refusal:
        streamed(client)

    assert refusal.value.param == "tools"


def test_a_response_that_failed_whole_is_an_error_of_http(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(whole({**RESPONSE, "status": "failed", "error": ERROR, "usage": None}))

    with pytest.raises(openai.APIStatusError) as refusal:
        client.responses.create(model=MODEL, input="Hi")

    assert refusal.value.status_code == 502
