"""Bedrock behind the gateway, for the official SDKs of others: rounds of tools, thoughts, media,
credentials, failures.

What the far end says is written by hand from Amazon's documentation (synthetic).
"""

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

import anthropic
import httpx
import openai
import pytest

from dataplane.contract.addresses import Address
from dataplane.media.fetcher import MediaFetcher
from dataplane.media.rules import MediaRules
from tests import builders, catalog
from tests.event_streams import event, exception
from tests.fakes import bedrock
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, whole
from tests.plane import Plane, booked

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
MODEL = f"far/{CLAUDE}"
USAGE = {"inputTokens": 20, "outputTokens": 5, "totalTokens": 25}
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ")
SAID = [{"role": "user", "content": "Weather in Paris?"}]
TOOL = {"name": "get_weather", "input_schema": {"type": "object"}}
SECRETS = (*bedrock.KEYS.values(), "127.0.0.1")


def answer(*content: dict[str, Any], stop: str = "end_turn") -> Scripted:
    message = {"role": "assistant", "content": list(content)}
    body = {"output": {"message": message}, "stopReason": stop, "usage": USAGE}
    return whole({**body, "metrics": {"latencyMs": 5}})


def text(piece: str) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}, "p": "ab"})


START = event("messageStart", {"role": "assistant"})
STOP = event("messageStop", {"stopReason": "end_turn"})
METADATA = event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 5}})
SUNNY = answer({"text": "Sunny."})


@pytest.fixture
def secret(upstream: FakeUpstream, plane: Plane) -> str:
    model = bedrock.callable_model(CLAUDE, upstream.url)
    secret = catalog.key()
    plane.wait_for_catalog(model.id)
    return secret


@pytest.fixture
def client(plane: Plane, secret: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0)


@pytest.fixture
def claude(plane: Plane, secret: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=plane.url, api_key=secret, max_retries=0)


def ask(client: openai.OpenAI, **fields: Any) -> Any:
    return client.chat.completions.create(**{"model": MODEL, "messages": SAID, **fields})


def raw(http: httpx.Client, secret: str, **fields: Any) -> httpx.Response:
    body = {"model": MODEL, "messages": SAID, **fields}
    headers = {"authorization": f"Bearer {secret}"}
    return http.post("/v1/chat/completions", headers=headers, json=body)


# Rounds


def test_thoughts_and_calls_make_the_round_with_their_proof(
    claude: anthropic.Anthropic, upstream: FakeUpstream
):
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
    sealed = {"reasoningContent": {"redactedContent": "c2VhbGVk"}}
    use = {"toolUse": {"toolUseId": "t-1", "name": "get_weather", "input": {"city": "Paris"}}}
    upstream.answers(answer(thought, sealed, {"text": "I'll look."}, use, stop="tool_use"))
    asked = {"model": MODEL, "max_tokens": 4_000, "tools": [TOOL]}
    asked["thinking"] = {"type": "enabled", "budget_tokens": 2_000}
    first = claude.messages.create(messages=SAID, **asked)
    assert first.stop_reason == "tool_use"

    upstream.answers(SUNNY)
    result = {"type": "tool_result", "tool_use_id": "t-1", "content": "21 degrees"}
    turns = [*SAID, {"role": "assistant", "content": first.content}]
    second = claude.messages.create(
        messages=[*turns, {"role": "user", "content": [result]}], **asked
    )

    assert second.content[0].text == "Sunny."
    sent = upstream.asked[-1].json
    assert sent["messages"][1]["content"] == [thought, sealed, {"text": "I'll look."}, use]
    assert sent["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "t-1", "content": [{"text": "21 degrees"}]}}
    ]
    assert sent["inferenceConfig"] == {"maxTokens": 4_000}
    assert sent["additionalModelRequestFields"] == {
        "thinking": {"type": "enabled", "budget_tokens": 2_000}
    }


def test_a_guardrail_that_intervened_is_a_filter(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(answer({"text": "I cannot say that."}, stop="guardrail_intervened"))

    [choice] = ask(client).choices
    assert choice.finish_reason == "content_filter"
    assert choice.message.content == "I cannot say that."


def test_what_bedrock_cannot_be_told_is_refused_by_the_clients_name_of_it(
    client: openai.OpenAI, claude: anthropic.Anthropic, upstream: FakeUpstream
):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, seed=7)
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "seed")
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, response_format={"type": "json_object"})
    assert refused.value.param == "response_format"
    assert not upstream.asked


def test_hints_that_are_not_passed_on_are_named(
    http: httpx.Client, secret: str, upstream: FakeUpstream
):
    upstream.answers(SUNNY)

    assert raw(http, secret, user="u-1").headers["x-purser-ignored"] == "user"


# Streams


def test_usage_comes_behind_the_end_of_the_message(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(bedrock.stream(START, text("Sunny."), STOP, METADATA, pause_seconds=0.05))

    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [25]
    row = booked().get()
    assert (row.usage_source, row.input_tokens, row.output_tokens) == ("provider", 20, 5)


def test_an_answer_without_its_usage_is_whole_and_estimated(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(bedrock.stream(START, text("Sunny."), STOP, METADATA[:-3]))

    chunks = list(ask(client, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"
    row = booked().get()
    assert (row.status, row.error_code, row.usage_source) == (200, None, "estimated")


@pytest.mark.parametrize(
    "broken",
    [
        exception("throttlingException", "Too many requests for 127.0.0.1"),
        text("?")[:-1] + b"\x00",
        text("?")[:20],
        b"HTTP/1.1 502 Bad Gateway",
    ],
)
def test_a_stream_that_fails_ends_with_an_error_in_the_clients_dialect(
    client: openai.OpenAI, upstream: FakeUpstream, broken: bytes
):
    upstream.answers(bedrock.stream(START, text("Sun"), broken))

    seen: list[str] = []
    with ask(client, stream=True) as chunks, pytest.raises(openai.APIError) as failed:
        seen.extend(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert "".join(seen) == "Sun"
    assert not [each for each in SECRETS if each in str(failed.value.body)]
    row = booked().get()
    assert (row.error_code, row.usage_source) == ("upstream_failed", "estimated")


@pytest.mark.parametrize(
    "failing",
    [
        bedrock.stream(START, exception("serviceUnavailableException", "Not now.")),
        bedrock.stream(START, text("")),
        bedrock.stream(b"garbage that is no frame at all"),
        whole({"message": "Slow down."}, 429, **{"x-amzn-errortype": "ThrottlingException"}),
        whole({"message": "Late."}, 408, **{"x-amzn-errortype": "ModelTimeoutException"}),
        whole({"message": "Oops."}, 424, **{"x-amzn-errortype": "ModelErrorException"}),
    ],
)
def test_a_failure_before_the_first_content_is_not_seen(
    plane: Plane, upstream: FakeUpstream, failing: Scripted
):
    for id in ("one", "two"):
        model = bedrock.callable_model(CLAUDE, f"{upstream.url}/{id}", id)
    secret = catalog.key(fallbacks=[{"provider": "two", "model": CLAUDE}])
    plane.wait_for_catalog(model.id)
    good = bedrock.stream(START, text("Sunny."), STOP, METADATA)
    upstream.script = lambda asked: failing if asked.path.startswith("/one/") else good

    client = openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0)
    chunks = list(ask(client, model=f"one/{CLAUDE}", stream=True))
    assert "".join([c.choices[0].delta.content or "" for c in chunks if c.choices]) == "Sunny."
    assert [each["provider"] for each in booked().get().attempts][-1] == "two"


# Refusals


def test_a_refusal_is_passed_on_with_its_kind(
    http: httpx.Client, secret: str, upstream: FakeUpstream
):
    kind = {"x-amzn-errortype": "ValidationException:http://internal.amazon.com/coral/"}
    upstream.answers(whole({"message": "temperature is too hot"}, 400, **kind))

    response = raw(http, secret)
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["message"] == "temperature is too hot"
    assert error["upstream_type"] == "ValidationException"
    assert "internal.amazon.com" not in response.text


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_refusal_of_our_credential_says_nothing_of_it(
    http: httpx.Client, secret: str, upstream: FakeUpstream, status: int
):
    quoted = f"The canonical string should have been host:127.0.0.1 {bedrock.KEYS}"
    upstream.answers(whole({"message": quoted}, status))

    response = raw(http, secret)
    assert response.status_code in (502, 503)
    assert not [each for each in SECRETS if each in response.text + str(response.headers)]


# Credentials and addresses


@pytest.mark.parametrize(
    "model",
    [
        "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-v1:0",
        "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123",
        "amazon.nova-micro-v1:0",
    ],
)
def test_requests_arrive_signed_for_their_path(plane: Plane, upstream: FakeUpstream, model: str):
    keys = {**bedrock.KEYS, "session_token": "a-session-token//+="}
    row = bedrock.callable_model(model, f"{upstream.url}/behind/a/proxy", credential=keys)
    secret = catalog.key()
    plane.wait_for_catalog(row.id)
    upstream.answers(SUNNY)
    client = openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0)

    assert ask(client, model=row.id).choices[0].message.content == "Sunny."
    [asked] = upstream.asked
    assert asked.raw_path == f"/behind/a/proxy/model/{quote(model, safe='')}/converse"
    assert asked.headers["x-amz-security-token"] == keys["session_token"]
    bedrock.assert_signed(asked, keys)


def test_a_key_of_bedrocks_own_is_a_bearer(plane: Plane, upstream: FakeUpstream):
    row = bedrock.callable_model(CLAUDE, upstream.url, credential={"api_key": "bedrock-api-key-1"})
    secret = catalog.key()
    plane.wait_for_catalog(row.id)
    upstream.answers(SUNNY)
    client = openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0)

    assert ask(client).choices[0].message.content == "Sunny."
    assert upstream.asked[0].headers["authorization"] == "Bearer bedrock-api-key-1"
    assert "x-amz-date" not in upstream.asked[0].headers


def test_a_credential_that_is_not_there_is_a_failure_of_ours(
    plane: Plane, upstream: FakeUpstream, http: httpx.Client, tmp_path: Any
):
    row = bedrock.callable_model(CLAUDE, upstream.url, credential={"profile": "nobody-s-profile"})
    secret = catalog.key()
    plane.wait_for_catalog(row.id)

    response = raw(http, secret)
    assert response.status_code == 502
    assert "profile" not in response.text
    assert not upstream.asked


# Media by URL


def test_a_mistake_of_ours_is_on_record_and_holds_no_money(
    upstream: FakeUpstream, start_plane: Callable[..., Plane]
):
    async def broken(host: str, port: int) -> list[Address]:
        raise KeyError("nobody expects this")

    media = MediaFetcher(MediaRules(("pictures.example",)), resolve=broken)
    plane = start_plane(media=media)
    plane.wait_for_catalog(bedrock.callable_model(CLAUDE, upstream.url).id)
    builders.budget(limit_usd=Decimal("0.5"))  # room for one at a time
    client = openai.OpenAI(base_url=f"{plane.url}/v1", api_key=catalog.key(), max_retries=0)
    showing_a_cat = showing("https://pictures.example/cat")

    for _ in range(3):
        with pytest.raises(openai.InternalServerError) as caught:
            ask(client, messages=showing_a_cat, max_tokens=30_000)
        assert caught.value.code == "internal_error"

    assert [record.status for record in booked().all()] == [500] * 3


@pytest.fixture
def pictures(upstream: FakeUpstream, start_plane: Callable[..., Plane]) -> tuple[Plane, str]:
    """A data plane for which `pictures.example` is the far end, which has a picture."""
    port = int(upstream.url.rpartition(":")[2])

    async def loopback(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    media = MediaFetcher(
        MediaRules((f"pictures.example:{port}",), http_allowed=True),
        resolve=loopback,
        is_reachable=lambda address: address.is_loopback,
    )
    plane = start_plane(media=media)
    row = bedrock.callable_model(CLAUDE, upstream.url)
    plane.wait_for_catalog(row.id)

    def script(asked: Asked) -> Scripted:
        if asked.method == "GET":
            return Scripted(200, {"content-type": "image/png"}, [PNG])
        return SUNNY

    upstream.script = script
    return plane, f"http://pictures.example:{port}"


def showing(url: str) -> list[dict[str, Any]]:
    image = {"type": "image_url", "image_url": {"url": url}}
    return [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]


def test_an_image_by_url_is_fetched_and_sent_along(
    pictures: tuple[Plane, str], upstream: FakeUpstream
):
    plane, address = pictures
    client = openai.OpenAI(base_url=f"{plane.url}/v1", api_key=catalog.key(), max_retries=0)

    ask(client, messages=showing(f"{address}/cat"))

    fetched, asked = upstream.asked
    assert (fetched.method, fetched.path) == ("GET", "/cat")
    assert asked.json["messages"][0]["content"][1] == {
        "image": {"format": "png", "source": {"bytes": base64.b64encode(PNG).decode()}}
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/admin",
        "http://example.com/a.png",
        "https://user:password@example.com/a.png",
        "https://nowhere.invalid/a.png",
    ],
)
def test_an_address_that_is_not_to_be_called_is_a_400_that_names_the_field(
    http: httpx.Client, secret: str, upstream: FakeUpstream, url: str
):
    response = raw(http, secret, messages=showing(url))

    error = response.json()["error"]
    assert response.status_code == 400
    assert error["code"] == "media_not_fetched"
    assert error["param"].startswith("messages[0].content[1]")
    assert not upstream.asked
    assert url not in json.dumps(error)
