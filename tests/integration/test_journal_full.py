"""The journal's disk is full: no call under a hard budget is served unbooked."""

import errno
from collections.abc import Callable

import httpx
import pytest

from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane, booked

ANSWER = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 20}}


@pytest.fixture
def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    return lambda: monkeypatch.setattr("dataplane.metering.journal.writer.os.write", full)


@pytest.mark.parametrize(
    ("policy", "enforcement", "status"),
    [
        ("refuse_hard_budgets", "hard", 503),
        ("refuse_hard_budgets", "soft", 200),
        ("refuse_all", "soft", 503),
        ("serve", "hard", 200),
    ],
)
def test_what_is_served_is_what_the_policy_says(
    start_plane: Callable[..., Plane],
    upstream: FakeUpstream,
    fill_the_disk: Callable[[], None],
    policy: str,
    enforcement: str,
    status: int,
):
    plane = start_plane(journal_full_policy=policy)
    secret = catalog.callable_model(base_url=upstream.url)
    builders.budget(enforcement=enforcement)
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole(ANSWER))
    fill_the_disk()

    answer = ask(plane, secret)

    assert answer.status_code == status
    assert len(upstream.asked) == (status == 200)
    record = booked().get(request_id=answer.headers["x-request-id"])
    assert (record.status, record.cost_usd > 0) == (status, status == 200)
    assert verify_books() == []
    assert "purser_journal_full_total" in httpx.get(f"{plane.url}/metrics").text


def test_an_answer_leaves_when_the_database_has_its_record_if_the_journal_has_not(
    start_plane: Callable[..., Plane], upstream: FakeUpstream, fill_the_disk: Callable[[], None]
):
    plane = start_plane(settle_wait_seconds=10)
    secret = catalog.callable_model(base_url=upstream.url)
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole(ANSWER))
    fill_the_disk()

    ask(plane, secret)

    assert UsageRecord.objects.count() == 1


def ask(plane: Plane, secret: str) -> httpx.Response:
    body = {"model": "far/gpt-4o", "messages": []}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)
