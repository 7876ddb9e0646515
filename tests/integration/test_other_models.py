"""A key that is held to some models is held to them, too, where a request names others inside."""

from typing import Any

import httpx
import pytest

from tests import catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane

ADVISOR = {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus"}
MESSAGE = {
    "type": "message",
    "content": [{"type": "text", "text": "Hi"}],
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    """Of a key that may call one model."""
    far = catalog.provider(base_url=upstream.url, kind="anthropic")
    for name in ("claude-haiku", "claude-opus"):
        catalog.priced_model(name, of=far)
    plane.wait_for_catalog("far/claude-opus")
    upstream.answers(whole(MESSAGE))
    return catalog.key(allowed_models=["far/claude-haiku"])


def ask(http: httpx.Client, secret: str, **fields: Any) -> httpx.Response:
    body = {
        "model": "far/claude-haiku",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hello"}],
        **fields,
    }
    return http.post("/v1/messages", headers={"x-api-key": secret}, json=body)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"name": "mine", "input_schema": {}}, ADVISOR]}, "tools[1].model"),
        ({"fallbacks": [{"model": "claude-haiku"}, {"model": "claude-opus"}]}, "fallbacks"),
        ({"fallbacks": "default"}, "fallbacks"),
        ({"models": ["claude-opus"]}, "models"),
    ],
)
def test_another_model_inside_a_request_must_be_allowed_too(
    fields: dict[str, Any],
    param: str,
    http: httpx.Client,
    secret: str,
    upstream: FakeUpstream,
):
    response = ask(http, secret, **fields)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (403, "model_not_allowed")
    assert error["param"] == param
    assert upstream.asked == []


@pytest.mark.parametrize(
    "fields",
    [
        {"fallbacks": [{"model": "claude-haiku"}]},
        {"tools": [{**ADVISOR, "model": "claude-haiku"}]},
        {"tools": "nonsense"},
        {"fallbacks": [3, None]},
    ],
)
def test_what_is_allowed_or_unreadable_goes_on(
    fields: dict[str, Any], http: httpx.Client, secret: str
):
    assert ask(http, secret, **fields).status_code == 200


def test_a_key_for_all_models_may_name_any(http: httpx.Client, secret: str):
    free = catalog.key("vk-2")

    assert ask(http, free, tools=[ADVISOR]).status_code == 200
