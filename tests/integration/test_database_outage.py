"""The database goes away for a while: typed refusals, no record lost, and all is well again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane

ANSWER = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 20}}
OUTAGE_SECONDS = 7.0


@contextmanager
def outage(database_url: str) -> Iterator[None]:
    """Nobody is let in, and whoever is in is thrown out."""
    name = conninfo_to_dict(database_url)["dbname"]
    connection.close()
    with psycopg.connect(make_conninfo(database_url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


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
        body = {"model": "far/gpt-4o", "messages": []}
        headers = {"authorization": f"Bearer {secret}"}
        return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)

    return send


def until(seconds: float, look: Callable[[], Any]) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def test_calls_are_refused_while_the_database_is_gone_and_answered_when_it_is_back(
    ask: Callable[[], httpx.Response], database: str
):
    assert ask().status_code == 200

    with outage(database):
        began = time.monotonic()
        refusal = ask()
        assert refusal.status_code == 503
        assert refusal.json()["error"]["code"] == "ledger_unavailable"
        assert "retry-after" in refusal.headers
        time.sleep(max(0.0, OUTAGE_SECONDS - (time.monotonic() - began)))

    until(15, lambda: ask().status_code == 200)
    refused = UsageRecord.objects.filter(request_id=refusal.headers["x-request-id"])
    until(10, refused.exists)
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
    booked = UsageRecord.objects.filter(request_id=answers[0].headers["x-request-id"])
    until(15, booked.exists)
    assert booked.get().usage_source == "provider"
    assert verify_books() == []
