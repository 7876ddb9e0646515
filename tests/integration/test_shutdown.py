"""A data plane that stops: calls in flight end, everything is booked, everything is given back."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from controlplane.budgets.models import Allowance, Balance, Process
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane

ANSWER = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 20}}


def test_requests_in_flight_are_answered_and_booked_and_nothing_stays_behind(
    start_plane: Callable[..., Plane], upstream: FakeUpstream, tmp_path: Path
):
    plane = start_plane()
    secret = catalog.callable_model(base_url=upstream.url)
    builders.budget()
    plane.wait_for_catalog("far/gpt-4o")
    slow = whole(ANSWER)
    slow.delay_seconds = 1.0
    upstream.answers(slow)
    answers: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(plane, secret))) for _ in "123"]
    for thread in threads:
        thread.start()
    while len(upstream.asked) < 3:
        time.sleep(0.01)

    plane.stop()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert UsageRecord.objects.filter(status=200, usage_source="provider").count() == 3
    assert Balance.objects.get().reserved_usd == 0
    assert not Allowance.objects.exists()
    assert not Process.objects.exists()
    assert list((tmp_path / "journal").iterdir()) == []
    assert verify_books() == []


def ask(plane: Plane, secret: str) -> httpx.Response:
    body = {"model": "far/gpt-4o", "messages": []}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)
