"""`GET /v1/quota`: a service learns what its key has left, and nothing of others."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from controlplane.budgets.limit_changes import change_limit
from controlplane.budgets.models import Budget
from controlplane.keys.models import VirtualKey
from controlplane.keys.services import rotate_key
from tests import builders, catalog
from tests.fakes.upstream import whole
from tests.outage import outage
from tests.plane import booked

USAGE = {"prompt_tokens": 100, "completion_tokens": 20}


def quota(plane, secret):
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.get(f"{plane.url}/v1/quota", headers=headers, timeout=10)


@pytest.fixture
def acme(database):
    """A key in a team, with a budget of each owner; and a rival with more."""
    team = builders.team()
    secret = catalog.key(team=team, requests_per_minute=10, allowed_models=["far/*"])
    builders.budget("acme-month", limit_usd=Decimal(100))
    owned = {"owner_type": "team", "customer_id": None, "team": team}
    day = builders.budget("research-day", limit_usd=Decimal(5), window="day", **owned)
    now = datetime.now(UTC)
    builders.balance(day, at=now, spent_usd=Decimal("1.25"), reserved_usd=Decimal("0.25"))
    rival = builders.customer("rival")
    builders.budget("rivals", customer_id=rival.id, limit_usd=Decimal(1))
    return secret


def test_it_tells_what_is_left_of_the_budgets_of_the_path(plane, acme):
    told = quota(plane, acme).json()

    left = {each["id"]: each["remaining_usd"] for each in told["budgets"]}
    assert left == {"acme-month": "100.00", "research-day": "3.50"}
    assert told["binding_budget"] == "research-day"
    [day] = [each for each in told["budgets"] if each["id"] == "research-day"]
    assert (day["spent_usd"], day["reserved_usd"], day["enforcement"]) == ("1.25", "0.25", "hard")
    assert (day["owner_type"], day["owner"], day["window"]) == ("team", "research", "day")


def test_it_tells_the_policy_and_nothing_of_others(plane, acme):
    answer = quota(plane, acme)

    told = answer.json()
    assert (told["virtual_key"], told["customer"], told["team"]) == ("vk-1", "acme", "research")
    assert told["allowed_models"] == ["far/*"]
    assert told["rate_limits"]["requests_per_minute"] == {"limit": 10, "remaining": 10}
    assert told["rate_limits"]["tokens_per_minute"] is None
    assert "rival" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_call_takes_from_it_and_asking_does_not(start_plane, acme, upstream):
    catalog.priced_model(of=catalog.provider(base_url=upstream.url))
    plane = start_plane()
    upstream.answers(whole({"choices": [], "usage": USAGE}))
    body = {"model": "far/gpt-4o", "messages": [], "max_tokens": 20}
    headers = {"authorization": f"Bearer {acme}"}
    httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body, timeout=30)
    [record] = booked().all()

    told = [quota(plane, acme).json() for _ in range(3)][-1]

    [month] = [each for each in told["budgets"] if each["id"] == "acme-month"]
    assert Decimal(month["spent_usd"]) == record.cost_usd
    assert told["rate_limits"]["requests_per_minute"]["remaining"] >= 7
    assert booked().count() == 1


def test_a_rolling_budget_forgets_what_has_left_its_window(plane, acme):
    budget = builders.budget("roll", limit_usd=Decimal(10), window="6h")
    now = datetime.now(UTC)
    balance = builders.balance(budget, at=now, spent_usd=Decimal(3))
    for hours, spent in ((9, 2), (1, 1)):
        start = now - timedelta(hours=hours)
        bucket = {"balance_id": balance, "bucket_start": start, "spent_usd": spent}
        builders.insert("budgets_balancebucket", bucket, returning="id")

    told = quota(plane, acme).json()

    [roll] = [each for each in told["budgets"] if each["id"] == "roll"]
    assert (roll["spent_usd"], roll["remaining_usd"]) == ("1.00", "9.00")


def test_a_limit_that_is_raised_for_a_time_counts(plane, acme):
    month = Budget.objects.get(id="acme-month")
    change_limit(budget=month, amount_usd=Decimal(50), reason="launch", by="member anna")

    told = quota(plane, acme).json()

    [month] = [each for each in told["budgets"] if each["id"] == "acme-month"]
    assert (month["limit_usd"], month["remaining_usd"]) == ("150.00", "150.00")


def test_a_rotated_secret_learns_when_it_ends(plane, acme):
    rotate_key(VirtualKey.objects.get(), grace_seconds=3600)

    ends = datetime.fromisoformat(quota(plane, acme).json()["secret_expires_at"])

    assert timedelta(minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=1)


@pytest.mark.parametrize("secret", ["none", "sk-pur-nobody-has-this-one"])
def test_a_stranger_learns_nothing(plane, acme, secret):
    answer = quota(plane, secret)

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "authentication_error"


def test_it_is_only_read(plane, acme):
    answer = httpx.post(f"{plane.url}/v1/quota", json={})

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_while_the_database_is_down_it_says_so_soon(plane, acme, database):
    assert quota(plane, acme).status_code == 200

    with outage(database):
        began = time.monotonic()
        answer = quota(plane, acme)

    assert time.monotonic() - began < 5
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "ledger_unavailable"
    assert answer.headers["retry-after"] == "1"
