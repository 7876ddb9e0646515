"""What is done about alerts, by people and by rules: for a time, on record, and taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from controlplane.actions.models import AlertAction
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import open_alert
from controlplane.audit.models import AuditEvent
from controlplane.budgets.models import Budget, LimitChange, RaiseRequest
from controlplane.budgets.queries import current_balances
from controlplane.errors import DomainError
from controlplane.keys.models import VirtualKey
from controlplane.notices.models import Channel, Rule
from controlplane.notices.routing import route_events
from controlplane.notices.services import create_rule
from tests import builders
from tests.personas import caller, refusal

HOUR = timedelta(hours=1)


@pytest.fixture
def budget(database) -> Budget:
    """Of a key that spent 40 USD of 100, 6.72 of it in the last four weeks, but for today."""
    key = builders.virtual_key("vk-1")
    owner = {"owner_type": "virtual_key", "customer_id": None, "virtual_key_id": key.pk}
    budget = builders.budget(id="own", **owner)
    builders.balance(budget, at=timezone.now(), spent_usd=Decimal(40))
    builders.usage_record(at=timezone.now() - timedelta(days=9), cost_usd=Decimal("6.72"))
    return budget


@pytest.fixture
def alert(budget) -> Alert:
    return an_alert("over/own", budget_id="own")


def an_alert(cause: str, **fields) -> Alert:
    subject = {"customer_id": "acme", "virtual_key_id": "vk-1", **fields}
    said = {"kind": Kind.OVER, "severity": Severity.WARNING, "title": "It is over."}
    return open_alert(cause=cause, **said, **subject).alert


def act(by, alert: Alert, action: str, **fields):
    body = {"action": action, "reason": "A loop", **fields}
    return by.post(f"alerts/{alert.pk}/act", body)


def limit(budget: Budget) -> Decimal:
    return current_balances([budget], timezone.now())[budget.pk].limit_usd


def a_rule(action: str, **fields) -> Rule:
    channel = {"kind": "webhook", "credential_sealed": b"x", "destination": "https://e"}
    hook, _ = Channel.objects.get_or_create(id="hook", defaults=channel)
    return create_rule(channel=hook, action=action, kinds=["over"], **fields)


def test_a_key_is_limited_to_its_usual_hour_and_that_is_taken_back(budget, alert, alice):
    assert act(alice, alert, "clamp").status_code == 200

    change = LimitChange.objects.get()
    assert limit(budget) == Decimal("40.01"), "6.72 in 672 hours"
    assert change.ends_at - change.starts_at == pytest.approx(HOUR, abs=timedelta(seconds=5))
    again = act(alice, alert, "clamp")
    assert refusal(again, 409)["code"] == "nothing_to_clamp"

    done = alice.get("alert-actions", alert=alert.pk).json()["results"][0]
    assert alice.post(f"alert-actions/{done['id']}/end").status_code == 200

    assert limit(budget) == 100
    assert refusal(alice.post(f"alert-actions/{done['id']}/end"), 409)["code"] == "action_over"
    log = AuditEvent.objects.filter(resource="alert-actions", customer_id="acme")
    assert log.count() == 2


def test_a_key_is_paused_and_resumed(budget, alert, alice):
    act(alice, alert, "pause", minutes=5)

    done = AlertAction.objects.get()
    assert VirtualKey.objects.get().paused_until == done.ends_at
    alice.post(f"alert-actions/{done.pk}/end")

    assert VirtualKey.objects.get().paused_until is None


def test_without_a_budget_of_its_own_a_key_is_not_limited_through_that_of_all(alert, alice):
    Budget.objects.update(owner_type="customer", customer="acme", virtual_key=None)

    assert refusal(act(alice, alert, "clamp"), 409)["code"] == "no_budget"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"action": "erase"}, "action"),
        ({"action": "pause", "minutes": 0}, "minutes"),
        ({"action": "pause", "minutes": 44641}, "minutes"),
        ({"action": "pause", "reason": ""}, "reason"),
    ],
)
def test_acts_that_are_none_are_refused_by_field(fields, wrong, alert, alice):
    assert wrong in refusal(act(alice, alert, **fields))["fields"]


def test_neither_auditors_nor_other_customers_act(alert):
    assert act(caller("auditor"), alert, "pause").status_code == 403
    assert act(caller("admin", "rival"), alert, "pause").status_code == 404
    assert caller("admin", "rival").get("alert-actions").json()["results"] == []


def test_a_rule_acts_once_on_each_alert_that_is_opened(budget, alert):
    a_rule("pause", action_minutes=30)
    route_events(timezone.now())
    VirtualKey.objects.update(paused_until=None)
    open_alert(cause="over/own", kind=Kind.OVER, severity=Severity.CRITICAL, title="Worse.")
    route_events(timezone.now())

    done = AlertAction.objects.get()
    assert (done.by, done.lasts) == (f"rule {done.rule_id}", timedelta(minutes=30))
    assert VirtualKey.objects.get().paused_until is None


def test_what_is_in_the_way_of_a_rule_is_on_record_and_stops_nobody_else(budget):
    an_alert("over/none", virtual_key_id=None)
    an_alert("over/own")
    a_rule("pause")

    route_events(timezone.now())

    errors = AlertAction.objects.order_by("error").values_list("error", flat=True)
    assert list(errors) == ["", "This alert is about no key that could be paused."]


def test_a_rule_asks_for_a_raise_at_a_threshold_and_anybody_of_finance_may_allow_it(budget, alert):
    Budget.objects.update(raise_step_usd=Decimal(10), raise_ceiling_usd=Decimal(120))
    a_rule("request_raise")

    route_events(timezone.now())

    asked = RaiseRequest.objects.get()
    assert asked.reason.startswith(f"Alert {alert.pk}")
    approved = caller("finance").post(f"raise-requests/{asked.pk}/approve", {})
    assert approved.json()["state"] == "approved"
    assert limit(budget) == 110


def test_a_rule_that_matches_everything_acts_on_nothing(database):
    rule = a_rule("")

    with pytest.raises(DomainError, match="Name the kinds"):
        create_rule(channel=rule.channel, kinds=[], action="pause")
