"""`/metrics`: the names and labels of the contract, counted from real requests."""

from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest

from controlplane.usage.models import Verdict
from controlplane.usage.services import judge_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane

ANSWER = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 20}}


@pytest.fixture
def scraped(plane: Plane, upstream: FakeUpstream, http: httpx.Client) -> str:
    """The metrics after one answer and one refusal by a budget that is 90 % used."""
    secret = catalog.callable_model(base_url=upstream.url)
    builders.budget(limit_usd=Decimal("0.003"))
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole(ANSWER))
    for tokens in (200, 400):
        body = {"model": "far/gpt-4o", "messages": [], "max_tokens": tokens}
        headers = {"authorization": f"Bearer {secret}"}
        http.post("/v1/chat/completions", headers=headers, json=body)
    plane.wait_until_flushed()
    return http.get("/metrics").text


EXPECTED = {
    'purser_requests_total{code="",model="gpt-4o",provider="far",status="200"} 1.0',
    'purser_requests_total{code="budget_exceeded",model="",provider="",status="429"} 1.0',
    'purser_upstream_attempts_total{model="gpt-4o",outcome="answered",provider="far"} 1.0',
    'purser_tokens_total{kind="input",model="gpt-4o",provider="far"} 10.0',
    'purser_tokens_total{kind="output",model="gpt-4o",provider="far"} 20.0',
    'purser_cost_usd_total{customer="acme",model="gpt-4o",provider="far"} 0.000225',
    'purser_cache_total{result="off"} 2.0',
    'purser_refusals_total{code="budget_exceeded"} 1.0',
    "purser_request_seconds_count 2.0",
    "purser_gateway_overhead_seconds_count 2.0",
    "purser_ttft_seconds_count 0.0",
    "purser_journal_pending_records 0.0",
    "purser_overrun_usd_total 0.0",
}


def test_every_metric_of_the_contract_is_there_and_counts(scraped: str):
    assert EXPECTED - set(scraped.splitlines()) == set()


def test_the_last_verdict_on_the_books_is_shown(start_plane: Callable[..., Plane]):
    Verdict.objects.create(differences=3)
    judge_books()
    plane = start_plane()

    shown = httpx.get(f"{plane.url}/metrics").text.splitlines()

    [judged_at] = [line for line in shown if line.startswith("purser_verify_timestamp_seconds ")]
    assert "purser_verify_differences 0.0" in shown
    assert float(judged_at.split()[1]) == pytest.approx(Verdict.objects.first().at.timestamp())


def test_a_budget_under_its_first_threshold_is_not_shown(scraped: str):
    assert "purser_budget_remaining_ratio{" not in scraped
