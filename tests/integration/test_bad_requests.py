"""What a client does wrong: a typed error of the contract, a usage record, and no leak."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from controlplane.usage.models import UsageRecord
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane, booked

CHAT = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    secret = catalog.callable_model(base_url=upstream.url)
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}))
    return secret


def ask(http: httpx.Client, secret: str | None, body: Any, **headers: str) -> httpx.Response:
    if secret is not None:
        headers = {"authorization": f"Bearer {secret}", **headers}
    content = body if isinstance(body, bytes) else None
    return http.post(
        CHAT, headers=headers, content=content, json=None if content is not None else body
    )


def is_refused(response: httpx.Response, status: int, type_: str, code: str) -> dict[str, Any]:
    """The envelope, and the record of it."""
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (status, type_, code)
    assert error["request_id"] == response.headers["x-request-id"]
    record = wait_for_record(error["request_id"])
    assert (record.status, record.error_code, record.cost_usd) == (status, code, 0)
    return error


def wait_for_record(request_id: str) -> UsageRecord:
    """A stranger's record is written behind its answer."""
    for _ in range(200):
        if found := booked().filter(request_id=request_id).first():
            return found
        time.sleep(0.01)
    raise AssertionError("the refusal was not recorded")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid_json"),
        (b"", "invalid_json"),
        (b"[]", "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b'{"model": "far/gpt-4o", "messages": [}', "invalid_json"),
        (b'{"a":' * 100_000, "invalid_json"),
        ({"messages": MESSAGES}, "missing_field"),
        ({"model": 7, "messages": MESSAGES}, "invalid_field"),
        ({"model": "", "messages": MESSAGES}, "invalid_field"),
        ({"model": "far/gpt-4o", "stream": "yes"}, "invalid_field"),
        ({"model": "far/gpt-4o", "metadata": {"a": {"b": 1}}}, "invalid_metadata"),
        ({"model": "far/gpt-4o", "metadata": {"a": "x" * 600}}, "invalid_metadata"),
    ],
)
def test_a_malformed_body_is_a_400_that_says_what(
    body: Any, code: str, http: httpx.Client, secret: str
):
    is_refused(ask(http, secret, body), 400, "invalid_request_error", code)


def test_metadata_in_the_header_must_be_flat_json(http: httpx.Client, secret: str):
    body = {"model": "far/gpt-4o", "messages": MESSAGES}
    response = ask(http, secret, body, **{"x-purser-metadata": "not json"})

    error = is_refused(response, 400, "invalid_request_error", "invalid_metadata")
    assert error["param"] == "x-purser-metadata"


def test_a_body_of_50_megabytes_is_refused(http: httpx.Client, secret: str):
    body = b'{"model": "far/gpt-4o", "messages": "' + b"x" * 50_000_000 + b'"}'

    response = ask(http, secret, body, **{"content-type": "application/json"})

    is_refused(response, 413, "invalid_request_error", "request_too_large")


def test_a_request_without_a_key_is_told_how_to_send_one(http: httpx.Client, secret: str):
    error = is_refused(ask(http, None, {}), 401, "authentication_error", "key_missing")

    assert "Authorization: Bearer" in error["message"]


@pytest.mark.parametrize("foreign", ["sk-someone-elses-key", "sk-pur-", "x" * 5000, "sk-é"])
def test_a_foreign_key_is_refused(foreign: str, http: httpx.Client, secret: str):
    response = http.post(CHAT, headers={b"x-api-key": foreign.encode("latin-1")}, json={})

    is_refused(response, 401, "authentication_error", "key_invalid")


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "api-key", "x-goog-api-key"])
def test_a_key_is_found_in_every_header_that_sdks_use(header: str, http: httpx.Client, secret: str):
    value = f"Bearer {secret}" if header == "authorization" else secret
    body = {"model": "far/gpt-4o", "messages": MESSAGES}

    assert http.post(CHAT, headers={header: value}, json=body).status_code == 200


def test_an_unknown_model_is_a_404(http: httpx.Client, secret: str):
    response = ask(http, secret, {"model": "gpt-99", "messages": MESSAGES})

    is_refused(response, 404, "not_found_error", "model_not_found")


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({"allowed_models": ["far/other"]}, "model_not_allowed"),
        ({"denied_models": ["gpt-4o"]}, "model_not_allowed"),
        ({"denied_models": ["far/*"]}, "model_not_allowed"),
        ({"allowed_providers": ["near"]}, "provider_not_allowed"),
    ],
)
def test_what_the_key_may_not_call_is_a_403(
    policy: dict[str, Any], code: str, http: httpx.Client, secret: str
):
    bound = catalog.key("vk-2", **policy)

    response = ask(http, bound, {"model": "far/gpt-4o", "messages": MESSAGES})

    is_refused(response, 403, "permission_error", code)


def test_a_model_without_a_price_is_refused_under_a_hard_budget(
    http: httpx.Client, secret: str, plane: Plane
):
    builders.budget()
    catalog.model("new", of=catalog.Provider.objects.get())
    plane.wait_for_catalog("far/new")

    response = ask(http, secret, {"model": "far/new", "messages": MESSAGES})

    is_refused(response, 400, "invalid_request_error", "model_unpriced")


def test_a_model_without_a_price_is_recorded_with_no_cost_otherwise(
    http: httpx.Client, secret: str, plane: Plane
):
    catalog.model("new", of=catalog.Provider.objects.get())
    plane.wait_for_catalog("far/new")

    response = ask(http, secret, {"model": "far/new", "messages": MESSAGES})

    assert response.status_code == 200
    assert "x-purser-cost-usd" not in response.headers
    assert booked().get().cost_usd is None


def test_a_number_too_large_for_the_books_is_kept_as_text(http: httpx.Client, secret: str):
    body = b'{"model": "far/gpt-4o", "metadata": {"a": 123456789012345678901234}, "messages": []}'

    assert ask(http, secret, body).status_code == 200
    assert booked().get().metadata == {"a": "123456789012345678901234"}


def test_a_provider_that_has_nothing_like_the_endpoint_is_refused(
    http: httpx.Client, secret: str, plane: Plane
):
    other = catalog.provider("other", base_url="http://127.0.0.1:9", kind="anthropic")
    catalog.priced_model("claude", of=other)
    plane.wait_for_catalog("other/claude")

    response = http.post(
        "/v1/completions",
        headers={"authorization": f"Bearer {secret}"},
        json={"model": "other/claude", "prompt": "Hello"},
    )

    is_refused(response, 400, "invalid_request_error", "endpoint_not_supported")


def test_a_process_with_its_hands_full_says_so(start_plane: Callable[..., Plane]):
    full = start_plane(requests_in_flight_max=0.5)

    response = httpx.post(f"{full.url}{CHAT}", json={})

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "overloaded"


def test_nul_bytes_in_names_do_not_spoil_the_record(http: httpx.Client, secret: str):
    body = b'{"model": "far/gpt-4o", "metadata": {"a": "b\\u0000c"}, "messages": []}'

    response = ask(http, secret, body)

    assert response.status_code == 200
    assert booked().get().metadata == {"a": "bc"}


@pytest.mark.parametrize(("method", "path"), [("GET", CHAT), ("POST", "/v1/models")])
def test_a_wrong_method_says_which_is_right(method: str, path: str, http: httpx.Client):
    response = http.request(method, path)

    assert response.status_code == 405
    assert response.headers["allow"] in response.json()["error"]["message"]


def test_an_unknown_path_is_a_404_in_the_envelope(http: httpx.Client):
    assert http.get("/v2/nothing").json()["error"]["code"] == "path_not_found"
