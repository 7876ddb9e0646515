"""The demo's traffic is believable, reproducible, and leaves the books in order."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from controlplane.alerts.models import Alert
from controlplane.budgets.models import Balance, Budget
from controlplane.catalog.deployment_health import DeploymentHealth
from controlplane.demo_data.demo import write_demo_data
from controlplane.demo_data.events import outage, spike
from controlplane.errors import Conflict
from controlplane.metadata_rules.models import MetadataRule
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from tests import postgres

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
DAYS = 30
REQUESTS = 3000


def write(**changes):
    return write_demo_data(**{"days": DAYS, "requests": REQUESTS, "seed": 7, "now": NOW, **changes})


@pytest.fixture(scope="module")
def demo(database_url):
    """Months of traffic, written once and only looked at."""
    postgres.empty(database_url)
    return write()


def records():
    return UsageRecord.objects.order_by("at", "request_id")


def test_the_books_agree_and_every_request_is_in_them(demo):
    assert demo == REQUESTS
    assert records().count() == REQUESTS
    assert verify_books() == []
    ends = NOW - timedelta(days=DAYS), NOW
    assert all(ends[0] <= at < ends[1] for at in records().values_list("at", flat=True))


def test_all_that_a_dashboard_shows_occurs(demo):
    loop = spike(NOW)
    assert records().filter(cost_usd=None, model="own-cluster/llama-4-maverick").exists()
    assert set(records().values_list("cache", flat=True)) == {"off", "miss", "exact", "semantic"}
    assert records().filter(saved_usd__gt=0).exists()
    assert {"budget_exceeded", "requests_per_minute", "model_not_allowed"} <= set(
        records().values_list("error_code", flat=True)
    )
    assert set(records().values_list("streamed", flat=True)) == {True, False}
    initech = records().filter(customer_id="initech")
    day = timedelta(days=1)
    usual = initech.filter(at__range=[at - day for at in loop]).count()
    assert initech.filter(at__range=loop).count() > 2 * usual


def test_an_outage_is_survived_by_those_with_a_fallback(demo):
    meanwhile = records().filter(at__range=outage(NOW), model_requested__startswith="gpt-4o")
    first = [record for record in meanwhile if record.attempts]
    assert first
    assert all(record.attempts[0]["provider"] == "openai" for record in first)
    assert {record.provider for record in first if record.status == 200}.isdisjoint({"openai"})


def test_what_happened_is_told_by_alerts_and_circuits(demo):
    spiked = Alert.objects.get(kind="unusual")
    assert spiked.virtual_key_id == "vk_initech-support_chat_prod"
    assert spiked.amount_usd > 0
    assert spiked.opened_at < spiked.resolved_at == spike(NOW)[1]
    assert Alert.objects.filter(kind="provider_paused", provider_id="openai").exists()
    assert set(DeploymentHealth.objects.values_list("state", flat=True)) == {"open", "closed"}
    assert MetadataRule.objects.get().required


def test_hard_limits_hold_and_some_are_nearly_used_up(demo):
    spent = {
        budget.id: (Balance.objects.filter(budget=budget).order_by("-window_start").first(), budget)
        for budget in Budget.objects.all()
    }
    shares = {
        name: balance.spent_usd / budget.limit_usd
        for name, (balance, budget) in spent.items()
        if balance is not None
    }
    hard = set(Budget.objects.filter(enforcement="hard").values_list("id", flat=True))
    assert all(share <= 1 for name, share in shares.items() if name in hard)
    assert any(share > Decimal("0.9") for name, share in shares.items() if name in hard)
    assert any(share > 1 for name, share in shares.items() if name not in hard)


def test_those_who_came_late_have_no_history(demo):
    first = records().filter(customer_id="hooli").first()
    assert first is not None
    assert first.at > NOW - timedelta(days=10)
    assert records().aggregate(total=Sum("cost_usd"))["total"] > 0


def test_the_same_seed_makes_the_same_records_and_another_adds_more(database):
    columns = ("request_id", "at", "virtual_key_id", "model", "status", "cost_usd", "total_ms")
    write(requests=400)
    first = list(records().values_list(*columns))
    with pytest.raises(Conflict, match="--again"):
        write(requests=400, seed=8)
    with pytest.raises(Conflict, match="seed"):
        write(requests=400, again=True)
    assert write(requests=400, seed=8, again=True) == 400
    assert (
        list(records().filter(request_id__startswith="req_demo7_").values_list(*columns)) == first
    )
    assert verify_books() == []
