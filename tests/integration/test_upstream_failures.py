"""What a provider does wrong: a typed error, or the next deployment, a record, and no leak."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from controlplane.catalog.models import Provider
from controlplane.usage.services import verify_books
from dataplane.contract.credentials import SealingKeys, new_sealing_key
from tests import builders, catalog
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, stream, whole
from tests.plane import Plane, booked

CHAT = "/v1/chat/completions"
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
ANSWER = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": USAGE}
SECRETS = (catalog.CREDENTIAL, "127.0.0.1", "Traceback")


def chunk(text: str) -> bytes:
    return b'data: {"choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n' % text.encode()


END = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.fixture
def plane(start_plane: Callable[..., Plane]) -> Plane:
    """Patience of a second."""
    return start_plane(upstream_first_byte_timeout_seconds=1.0, upstream_chunk_timeout_seconds=1.0)


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    secret = catalog.callable_model(base_url=f"{upstream.url}/far")
    builders.budget()
    plane.wait_for_catalog("far/gpt-4o")
    return secret


def ask(http: httpx.Client, secret: str, **fields: Any) -> httpx.Response:
    body = {"model": "far/gpt-4o", "messages": [{"role": "user", "content": "Hello"}], **fields}
    return http.post(CHAT, headers={"authorization": f"Bearer {secret}"}, json=body)


def says_nothing_it_should_not(response: httpx.Response) -> None:
    text = response.text + str(response.headers)
    assert not [secret for secret in SECRETS if secret in text]


FAILURES = {
    "resets": (Scripted(pieces=[b'{"choi'], breaks_off=True), 502, "upstream_failed"),
    "truncates": (whole(b'{"choices": [{"message"'), 502, "upstream_failed"),
    "answers HTML": (whole(b"<html>Bad gateway</html>"), 502, "upstream_failed"),
    "200 with an error inside": (whole({"error": {"message": "no"}}), 502, "upstream_failed"),
    "refuses our credential": (
        whole({"error": {"message": f"bad key {catalog.CREDENTIAL}"}}, 401),
        502,
        "upstream_failed",
    ),
    "is down": (whole({"error": {"message": "oops"}}, 503), 502, "upstream_failed"),
    "redirects": (whole(b"", 307, location="http://127.0.0.1/admin"), 502, "upstream_failed"),
    "is silent": (Scripted(delay_seconds=3), 504, "upstream_timeout"),
    "stalls": (Scripted(pieces=[b"{"], stall_seconds=3), 504, "upstream_timeout"),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_before_the_first_content_is_a_typed_error(
    failure: str, streamed: bool, http: httpx.Client, secret: str, upstream: FakeUpstream
):
    scripted, status, code = FAILURES[failure]
    upstream.answers(scripted)

    response = ask(http, secret, stream=streamed)

    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (status, "upstream_error", code)
    says_nothing_it_should_not(response)
    record = booked().get()
    assert (record.status, record.error_code, record.cost_usd) == (status, code, 0)
    asked_again = failure not in ("refuses our credential", "redirects", "is silent", "stalls")
    assert len(record.attempts) == len(upstream.asked) == 1 + asked_again
    assert response.headers["x-purser-attempts"] == str(len(record.attempts))
    assert verify_books() == []


def test_a_refusal_of_the_request_is_passed_on_without_our_secrets(
    http: httpx.Client, secret: str, upstream: FakeUpstream
):
    message = f"max_tokens is too large for {catalog.CREDENTIAL} at {upstream.url}/far"
    upstream.answers(whole({"error": {"message": message, "type": "x", "code": "y"}}, 400))

    response = ask(http, secret)

    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith("max_tokens is too large for [redacted]")
    says_nothing_it_should_not(response)


def test_a_fallback_answers_what_the_first_choice_could_not(
    http: httpx.Client, plane: Plane, secret: str, upstream: FakeUpstream
):
    near = catalog.provider("near", base_url=f"{upstream.url}/near")
    catalog.priced_model(of=near)
    fallback = catalog.key("vk-2", fallbacks=[{"provider": "near", "model": "gpt-4o"}])
    plane.wait_for_catalog("near/gpt-4o")

    def script(asked: Asked) -> Scripted:
        return whole(ANSWER) if asked.path.startswith("/near") else whole(b"", 500)

    upstream.script = script
    response = ask(http, fallback)

    assert response.status_code == 200
    assert response.headers["x-purser-provider"] == "near"
    assert response.headers["x-purser-attempts"] == "2"
    record = booked().get()
    assert [attempt["status"] for attempt in record.attempts] == [500, 200]
    assert verify_books() == []


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        (Scripted(pieces=[], breaks_off=True), "upstream_failed"),
        (Scripted(pieces=[], stall_seconds=3), "upstream_timeout"),
        (Scripted(pieces=[]), "upstream_failed"),
        (Scripted(pieces=[b"data: {not json\n\n"]), "upstream_failed"),
        (Scripted(pieces=[b'data: {"error": {"message": "gone"}}\n\n']), "upstream_failed"),
        (Scripted(pieces=[b'event: error\ndata: {"message": "x"}\n\n']), "upstream_failed"),
        (Scripted(pieces=[b'error: {"message": "x"}\n\n']), "upstream_failed"),
    ],
    ids=["reset", "stall", "early end", "garbage", "error chunk", "error event", "error field"],
)
def test_a_stream_that_fails_midway_ends_with_one_error_event_and_is_booked(
    rest: Scripted, code: str, http: httpx.Client, secret: str, upstream: FakeUpstream
):
    rest.headers = {"content-type": "text/event-stream"}
    rest.pieces = [chunk("Half an"), chunk(" answer"), *rest.pieces]
    upstream.answers(rest)

    response = ask(http, secret, stream=True)

    assert response.status_code == 200
    assert "Half an" in response.text
    assert response.text.count('"error"') == 1
    assert response.text.rstrip().split("\n\n")[-1].startswith("data: {")
    says_nothing_it_should_not(response)
    record = booked().get()
    assert (record.status, record.error_code, record.usage_source) == (200, code, "estimated")
    assert record.cost_usd > 0
    assert verify_books() == []


def test_a_client_that_leaves_midway_is_still_billed_what_the_provider_counted(
    http: httpx.Client, secret: str, upstream: FakeUpstream
):
    pieces = [*(chunk("word ") for _ in range(20)), END]
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 20}}\n\n'
    upstream.answers(stream([*pieces, usage, DONE], pause_seconds=0.02))

    body = {"model": "far/gpt-4o", "messages": [], "stream": True}
    headers = {"authorization": f"Bearer {secret}"}
    with http.stream("POST", CHAT, headers=headers, json=body) as response:
        next(response.iter_raw())
        request_id = response.headers["x-request-id"]

    record = wait_for(lambda: booked().filter(request_id=request_id).first())
    assert (record.usage_source, record.output_tokens) == ("provider", 20)
    assert verify_books() == []


def wait_for(look: Callable[[], Any]) -> Any:
    for _ in range(500):
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in five seconds")


def test_a_configured_header_that_cannot_be_sent_is_an_upstream_that_failed(
    plane: Plane, upstream: FakeUpstream
):
    secret = catalog.callable_model(base_url=upstream.url, extra_headers={"x-name": "Ωμέγα"})
    plane.wait_for_catalog("far/gpt-4o")

    headers = {"authorization": f"Bearer {secret}"}
    body = {"model": "far/gpt-4o", "messages": []}
    response = httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_failed")


def test_a_credential_that_cannot_be_opened_is_not_taken_for_none(
    plane: Plane, upstream: FakeUpstream
):
    """Without one, the environment's own identity would be used at some kinds."""
    secret = catalog.callable_model(base_url=upstream.url)
    foreign = SealingKeys.parse(new_sealing_key()).seal({"api_key": "sk-1"}, "far")
    Provider.objects.update(credential_sealed=foreign)
    for _ in range(200):
        if plane.gateway.catalog.models and plane.gateway.catalog.providers["far"].is_sealed:
            break
        time.sleep(0.01)

    headers = {"authorization": f"Bearer {secret}"}
    body = {"model": "far/gpt-4o", "messages": []}
    response = httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)

    assert response.status_code == 502
    assert upstream.asked == []
