"""Budgets and rate limits as a service meets them, through the official SDK."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest

from controlplane.budgets.models import Balance
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane, booked

ANSWER = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 100, "total_tokens": 110},
}
# Input is free and every answer uses all of its 100 tokens: each call costs what it reserves.
CALL_USD = Decimal("0.001")


@pytest.fixture
def far(plane: Plane, upstream: FakeUpstream) -> str:
    catalog.priced_model(of=catalog.provider(base_url=upstream.url), input_usd_per_mtok=0)
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole(ANSWER))
    return "far/gpt-4o"


def client_of(plane: Plane, secret: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=2)


def call(client: openai.OpenAI, model: str) -> Any:
    """The answer, or the error that the SDK raised."""
    try:
        return client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "Hi"}], max_tokens=100
        )
    except openai.APIError as error:
        return error


@pytest.mark.parametrize("level", ["customer", "team", "virtual_key"])
def test_200_concurrent_requests_with_room_for_20_are_20_answers_and_180_typed_refusals(
    level: str, plane: Plane, far: str, upstream: FakeUpstream
):
    team = builders.team("research")
    secret = catalog.key(team=team)
    owner = {"customer": "acme", "team": "research", "virtual_key": "vk-1"}[level]
    fields = {"customer_id": None, f"{level}_id": owner, "owner_type": level}
    builders.budget(limit_usd=20 * CALL_USD, **fields)

    with client_of(plane, secret) as client, ThreadPoolExecutor(50) as threads:
        outcomes = list(threads.map(lambda _: call(client, far), range(200)))

    refused = [outcome for outcome in outcomes if isinstance(outcome, openai.RateLimitError)]
    assert len(refused) == 180
    assert {error.type for error in refused} == {"budget_exceeded"}
    assert len(upstream.asked) == 20
    assert booked().filter(status=429).count() == 180, "the SDK retried"
    assert Balance.objects.get().spent_usd == 20 * CALL_USD
    assert verify_books() == []


def test_a_refusal_names_the_budget_with_its_figures_and_is_not_to_be_retried(
    plane: Plane, far: str
):
    secret = catalog.key()
    budget = builders.budget(limit_usd=Decimal("0.0005"))

    error = call(client_of(plane, secret), far)

    assert error.response.headers["x-should-retry"] == "false"
    assert "retry-after" not in error.response.headers
    facts = error.body["budget"]
    assert facts["id"] == budget.id
    assert (facts["owner_type"], facts["owner_id"]) == ("customer", "acme")
    assert (facts["limit_usd"], facts["requested_usd"]) == ("0.0005", "0.001")
    assert facts["window_end"] > builders.NOON.isoformat()


def test_a_soft_budget_counts_and_refuses_nothing(plane: Plane, far: str):
    secret = catalog.key()
    builders.budget(limit_usd=Decimal("0.0005"), enforcement="soft")

    assert not isinstance(call(client_of(plane, secret), far), Exception)
    assert booked().get().cost_usd == Balance.objects.get().spent_usd == CALL_USD


def test_requests_per_minute_are_refused_with_a_time_to_come_back(plane: Plane, far: str):
    secret = catalog.key(requests_per_minute=3)

    outcomes = [call_once(plane, secret, far) for _ in range(5)]

    assert [response.status_code for response in outcomes] == [200, 200, 200, 429, 429]
    assert outcomes[0].headers["x-ratelimit-limit-requests"] == "3"
    assert outcomes[0].headers["x-ratelimit-remaining-requests"] == "2"
    refusal = outcomes[3]
    assert refusal.json()["error"]["code"] == "requests_per_minute"
    assert 50 <= int(refusal.headers["retry-after"]) <= 61


def test_tokens_per_minute_count_what_was_really_used(plane: Plane, far: str):
    secret = catalog.key(tokens_per_minute=250)

    statuses = [call_once(plane, secret, far).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_parallel_requests_beyond_the_limit_are_refused_and_slots_come_back(
    plane: Plane, far: str, upstream: FakeUpstream
):
    secret = catalog.key(max_parallel_requests=2)
    slow = whole(ANSWER)
    slow.delay_seconds = 0.5
    upstream.answers(slow)

    with ThreadPoolExecutor(5) as threads:
        statuses = list(threads.map(lambda _: call_once(plane, secret, far).status_code, range(5)))
    time.sleep(0.1)

    assert sorted(statuses) == [200, 200, 429, 429, 429]
    assert call_once(plane, secret, far).status_code == 200


def call_once(plane: Plane, secret: str, model: str) -> Any:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body, timeout=30)
