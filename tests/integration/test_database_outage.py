"""The database goes away for a while: typed refusals, no record lost, and all is well again."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.outage import outage
from tests.plane import Plane, booked

ANSWER = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 20}}
OUTAGE_SECONDS = 7.0


@pytest.fixture
def ask(
    database: str, start_plane: Callable[..., Plane], upstream: FakeUpstream
) -> Callable[[], httpx.Response]:
    plane = start_plane(settle_wait_seconds=0.2)
    secret = catalog.callable_model(base_url=upstream.url)
    builders.budget()
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole(ANSWER))

    def send() -> httpx.Response:
        body = {"model": "far/gpt-4o", "messages": [], "max_tokens": 40}
        headers = {"authorization": f"Bearer {secret}"}
        return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)

    return send


def until(seconds: float, look: Callable[[], Any]) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def test_drawn_money_serves_an_outage_and_what_was_answered_is_booked_afterwards(
    ask: Callable[[], httpx.Response], database: str
):
    assert ask().status_code == 200

    with outage(database):
        began = time.monotonic()
        answers = [ask() for _ in range(200)]
        time.sleep(max(0.0, OUTAGE_SECONDS - (time.monotonic() - began)))

    statuses = [answer.status_code for answer in answers]
    served = statuses.count(200)
    assert statuses == [200] * served + [503] * (200 - served)
    assert 0 < served < 200
    refusal = answers[-1]
    assert refusal.json()["error"]["code"] == "ledger_unavailable"
    assert "retry-after" in refusal.headers
    until(15, lambda: ask().status_code == 200)
    assert booked().filter(status=200, cost_usd__gt=0).count() == served + 2
    assert booked().filter(error_code="ledger_unavailable").count() >= 200 - served
    assert verify_books() == []


def test_a_call_in_flight_when_the_database_goes_is_answered_and_booked_later(
    ask: Callable[[], httpx.Response], database: str, upstream: FakeUpstream
):
    assert ask().status_code == 200
    slow = whole(ANSWER)
    slow.delay_seconds = 1.0
    upstream.answers(slow)
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    until(5, lambda: len(upstream.asked) == 2)
    with outage(database):
        thread.join()

    assert answers[0].status_code == 200
    record = booked().get(request_id=answers[0].headers["x-request-id"])
    assert record.usage_source == "provider"
    assert verify_books() == []
