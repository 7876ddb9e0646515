"""A model that nobody has heard of takes one row, and no deploy."""

import threading
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.fakes.upstream import FakeUpstream, whole
from tests.personas import Caller
from tests.plane import Plane, booked

MODEL = "far/nobody-has-heard-of-it-1"
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}}],
    "usage": USAGE,
}


@pytest.fixture
def secret(alice: Caller, upstream: FakeUpstream) -> str:
    """Of a key with no budget; its provider has no model."""
    upstream.answers(whole(COMPLETION))
    credential = {"api_key": "sk-credential-0123"}
    address = {"kind": "openai_compatible", "base_url": f"{upstream.url}/v1"}
    alice.make("providers", id="far", credential=credential, **address)
    alice.make("customers", id="acme")
    key = alice.make("virtual-keys", id="vk", customer="acme")
    return str(key["secret"])


def chat(http: httpx.Client, secret: str) -> httpx.Response:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 200}
    headers = {"authorization": f"Bearer {secret}"}
    return http.post("/v1/chat/completions", json=body, headers=headers)


def add(alice: Caller, plane: Plane, **price: Any) -> None:
    """The row, and perhaps its price; waits no longer than is promised."""
    alice.make("models", id=MODEL)
    if price:
        alice.make("prices", model=MODEL, **price)
    plane.wait_for_catalog(MODEL)
    for _ in range(100):
        if not price or list(plane.gateway.catalog.models[MODEL].prices):
            return
        threading.Event().wait(0.01)
    raise AssertionError("its price did not arrive within a second")


def test_a_row_and_a_price_are_enough(
    alice: Caller, plane: Plane, http: httpx.Client, secret: str
) -> None:
    assert chat(http, secret).status_code == 404

    add(alice, plane, input_usd_per_mtok="2", output_usd_per_mtok="10")

    assert chat(http, secret).status_code == 200
    listed = http.get(f"/v1/models/{MODEL}", headers={"authorization": f"Bearer {secret}"})
    assert listed.json()["id"] == MODEL
    assert booked().get(status=200).cost_usd == Decimal("0.003")


def test_a_row_alone_is_enough_where_no_hard_budget_needs_a_price(
    alice: Caller, plane: Plane, http: httpx.Client, secret: str
) -> None:
    soft = {"limit_usd": "5", "window": "day", "enforcement": "soft"}
    alice.make("budgets", owner_type="virtual_key", owner="vk", **soft)
    add(alice, plane)

    assert chat(http, secret).status_code == 200
    assert booked().get(status=200).cost_usd is None


def test_a_hard_budget_needs_to_know_what_it_costs(
    alice: Caller, plane: Plane, http: httpx.Client, secret: str
) -> None:
    alice.make("budgets", owner_type="virtual_key", owner="vk", limit_usd="5", window="day")
    add(alice, plane)

    refused = chat(http, secret)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "model_unpriced")
