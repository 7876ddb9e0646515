"""A budget that wishes it lets its last request generate what is left."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from controlplane.budgets.models import Balance
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane, booked

FITTED = "x-purser-max-tokens-fitted"


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    """Of a key to whose model input is free, and a token of output costs $0.00001."""
    catalog.priced_model(of=catalog.provider(base_url=upstream.url), input_usd_per_mtok=0)
    secret = catalog.key()
    plane.wait_for_catalog("far/gpt-4o")
    return secret


def ask(plane: Plane, secret: str, upstream: FakeUpstream, **fields: Any) -> httpx.Response:
    """Asks for 1,000 tokens, of which the upstream generates 200."""
    usage = {"prompt_tokens": 10, "completion_tokens": 200}
    upstream.answers(whole({"choices": [], "usage": usage}))
    body = {"model": "far/gpt-4o", "messages": [], "max_tokens": 1_000, **fields}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body, timeout=30)


def test_a_request_that_fits_is_not_changed(plane: Plane, secret: str, upstream: FakeUpstream):
    builders.budget(limit_usd=Decimal("0.01"), shortfall="fit")

    answer = ask(plane, secret, upstream)

    assert upstream.asked[0].json["max_tokens"] == 1_000
    assert FITTED not in answer.headers


@pytest.mark.parametrize(
    ("given", "fitted"),
    [
        ({}, {"max_tokens": 300}),
        ({"max_tokens": None}, {"max_tokens": 300}),
        (
            {"max_tokens": 50, "max_completion_tokens": 900},
            {"max_tokens": 50, "max_completion_tokens": 300},
        ),
        ({"n": 3}, {"max_tokens": 100, "n": 3}),
    ],
)
def test_a_request_that_does_not_fit_is_sent_with_a_lower_limit_and_says_so(
    plane: Plane, secret: str, upstream: FakeUpstream, given: Any, fitted: Any
):
    builders.budget(limit_usd=Decimal("0.003000000001"), shortfall="fit")

    answer = ask(plane, secret, upstream, **given)

    assert answer.status_code == 200, answer.text
    assert fitted.items() <= upstream.asked[0].json.items()
    assert answer.headers[FITTED] == str(300 if "n" not in given else 100)
    assert booked().get(status=200).reserved_usd <= Decimal("0.003")
    assert Balance.objects.get().spent_usd == Decimal("0.002")


def test_too_little_for_a_useful_answer_is_refused(
    plane: Plane, secret: str, upstream: FakeUpstream
):
    builders.budget(limit_usd=Decimal("0.00015"), shortfall="fit")

    assert ask(plane, secret, upstream).json()["error"]["code"] == "budget_exceeded"
    assert upstream.asked == []


def test_every_budget_on_the_path_that_comes_short_must_wish_it(
    plane: Plane, secret: str, upstream: FakeUpstream
):
    key = {"owner_type": "virtual_key", "customer_id": None, "virtual_key_id": "vk-1"}
    builders.budget(limit_usd=Decimal("0.003"), shortfall="fit")
    builders.budget("key", limit_usd=Decimal("0.002"), shortfall="refuse", **key)

    error = ask(plane, secret, upstream).json()["error"]

    assert (error["code"], error["budget"]["id"]) == ("budget_exceeded", "key")


def test_the_tightest_of_several_budgets_decides(plane: Plane, secret: str, upstream: FakeUpstream):
    key = {"owner_type": "virtual_key", "customer_id": None, "virtual_key_id": "vk-1"}
    builders.budget(limit_usd=Decimal("0.004"), shortfall="fit")
    builders.budget("key", limit_usd=Decimal("0.003000000001"), shortfall="fit", **key)

    assert ask(plane, secret, upstream).headers[FITTED] == "300"
