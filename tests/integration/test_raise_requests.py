"""More of a budget, asked for by one and allowed by another, within the budget's policy."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from controlplane.accounts.models import Customer
from controlplane.accounts.services import issue_token
from controlplane.alerts.models import Alert
from controlplane.audit.models import AuditEvent
from controlplane.budgets.models import Budget, RaiseRequest
from controlplane.budgets.raises import expire_raise_requests
from tests import builders
from tests.personas import Caller, caller, refusal


@pytest.fixture
def budget(database) -> Budget:
    """100 USD a month, in steps of 25 up to 150."""
    policy = {"raise_step_usd": Decimal(25), "raise_ceiling_usd": Decimal(150)}
    return builders.budget(id="month", **policy)


@pytest.fixture
def acme(budget) -> Caller:
    """The customer's own engineer."""
    return caller("engineer", customer_id="acme")


@pytest.fixture
def finance(budget) -> Caller:
    return caller("finance")


def asked(by: Caller, **fields) -> str:
    return by.make("raise-requests", budget="month", reason="A launch", **fields)["id"]


def limit(by: Caller) -> str:
    return by.get("budgets/month").json()["balance"]["limit_usd"]


def test_a_customer_asks_finance_approves_and_the_limit_is_raised_until_the_window_ends(
    acme, finance
):
    id = asked(acme)
    assert Alert.objects.get(resolved_at=None).kind == "raise_requested"

    approved = finance.post(f"raise-requests/{id}/approve", {"note": "Contract"}).json()

    assert (approved["state"], limit(acme)) == ("approved", "125.00")
    assert approved["limit_change"] is not None
    assert not Alert.objects.filter(resolved_at=None).exists()
    events = AuditEvent.objects.filter(resource="raise-requests", object_id=id)
    assert sorted(events.values_list("action", flat=True)) == ["create", "update"]


def test_who_may_not_change_limits_decides_on_nothing(acme, finance):
    id = asked(finance)

    error = refusal(acme.post(f"raise-requests/{id}/approve", {}), 409)

    assert error["code"] == "not_the_approver"
    assert limit(finance) == "100.00"


def test_nobody_approves_their_own_request_by_another_token_either(budget, alice):
    from controlplane.accounts.models import Member

    member = Member.objects.create_user("carol", role="admin")
    first, second = (
        Caller(issue_token(name=name, role="admin", issued_by=member).secret) for name in "ab"
    )
    id = asked(first)

    for same in (first, second):
        error = refusal(same.post(f"raise-requests/{id}/approve", {}), 409)
        assert error["code"] == "own_request"
    assert alice.post(f"raise-requests/{id}/decline", {}).json()["state"] == "declined"


@pytest.mark.parametrize(
    ("approver", "role", "customer_id"),
    [("admin", "finance", None), ("installation", "admin", "acme")],
)
def test_the_policy_says_who_decides(approver, role, customer_id, acme):
    Budget.objects.update(raise_approver=approver)
    id = asked(acme)

    decided = caller(role, customer_id).post(f"raise-requests/{id}/approve", {})

    assert refusal(decided, 409)["code"] == "not_the_approver"


def test_steps_lead_to_the_ceiling_and_no_further(acme, finance):
    for _ in range(2):
        finance.post(f"raise-requests/{asked(acme)}/approve", {})

    beyond = refusal(acme.post("raise-requests", {"budget": "month", "reason": "More"}), 409)

    assert (beyond["code"], limit(acme)) == ("raise_ceiling", "150.00")


@pytest.mark.parametrize("amount", ["0", "-1", "25.01"])
def test_more_than_a_step_or_nothing_is_refused(amount, acme):
    body = {"budget": "month", "reason": "More", "amount_usd": amount}

    assert "amount_usd" in refusal(acme.post("raise-requests", body))["fields"]


def test_one_request_waits_and_what_was_decided_stays(acme, finance):
    id = asked(acme)
    again = acme.post("raise-requests", {"budget": "month", "reason": "More"})
    assert refusal(again, 409)["code"] == "raise_waits"

    assert acme.post(f"raise-requests/{id}/withdraw").json()["state"] == "withdrawn"

    late = finance.post(f"raise-requests/{id}/approve", {})
    assert refusal(late, 409)["code"] == "raise_decided"


def test_what_nobody_decides_on_is_declined_by_itself(acme, finance):
    id = asked(acme)
    RaiseRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    late = finance.post(f"raise-requests/{id}/approve", {})
    assert refusal(late, 409)["code"] == "raise_expired"

    assert (expire_raise_requests(), expire_raise_requests()) == (1, 0)

    assert finance.get(f"raise-requests/{id}").json()["state"] == "expired"
    assert Alert.objects.get().resolution == "Nobody decided in time."


def test_without_a_policy_there_is_nothing_to_ask_for_and_half_a_policy_is_none(acme, alice):
    half = alice.patch("budgets/month", {"raise_step_usd": None})
    assert "raise_step_usd" in refusal(half)["fields"]
    rolling = {"window": "30d", "carry_over_max_usd": "5"}
    assert "carry_over_max_usd" in refusal(alice.patch("budgets/month", rolling))["fields"]
    alice.patch("budgets/month", {"raise_step_usd": None, "raise_ceiling_usd": None})

    error = refusal(acme.post("raise-requests", {"budget": "month", "reason": "More"}), 409)

    assert error["code"] == "no_raises"


def test_nobody_elses_budget_can_be_asked_for(budget):
    Customer.objects.create(id="rival")
    mallory = caller("engineer", customer_id="rival")

    error = refusal(mallory.post("raise-requests", {"budget": "month", "reason": "More"}))

    assert error["fields"] == {"budget": ["There is no such budget."]}
