"""Limits raised, lent and lowered for a time: by REST, and as a service meets them."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from controlplane.budgets import limit_changes
from controlplane.budgets.models import Budget, LimitChange
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.personas import refusal
from tests.plane import Plane

MESSAGE = {"role": "assistant", "content": "Hi"}
USAGE = {"prompt_tokens": 10, "completion_tokens": 100}
# Input is free and every answer uses all of its 100 tokens: each call costs what it reserves.
CALL_USD = Decimal("0.001")
LATER = "2030-01-01T00:00:00Z"


@pytest.fixture
def months(alice) -> None:
    """Two budgets of acme's teams: `a` and `b`, of $100 a month each."""
    alice.make("customers", id="acme")
    for name in ("a", "b"):
        alice.make("teams", id=f"team-{name}", customer="acme")
        owner = {"owner_type": "team", "owner": f"team-{name}"}
        alice.make("budgets", id=name, limit_usd="100", **owner)


def limit(alice, budget: str) -> str:
    return alice.get(f"budgets/{budget}").json()["balance"]["limit_usd"]


def test_a_raise_lasts_until_the_window_ends_and_leaves_the_budget_as_it_is(alice, months):
    raised = alice.make("limit-changes", budget="a", amount_usd="25.50", reason="Launch")

    shown = alice.get("budgets/a").json()
    assert (shown["limit_usd"], shown["balance"]["limit_usd"]) == ("100.00", "125.50")
    assert shown["balance"]["remaining_usd"] == "125.50"
    assert (raised["kind"], raised["ends_at"]) == ("raised", shown["balance"]["window_end"])
    assert raised["created_by"].startswith("token ")


def test_a_loan_moves_the_limit_and_is_undone_on_both_sides(alice, months):
    loan = alice.make("limit-changes", budget="a", lender="b", amount_usd="40", reason="Tight")
    assert (limit(alice, "a"), limit(alice, "b")) == ("140.00", "60.00")
    assert loan["lender"] == "b"

    other_side = loan["counterpart"]
    assert alice.post(f"limit-changes/{other_side}/undo").status_code == 200

    assert (limit(alice, "a"), limit(alice, "b")) == ("100.00", "100.00")
    assert alice.get("limit-changes", in_force=True).json()["results"] == []


def test_nobody_lends_more_than_is_left(alice, months):
    builders.balance(
        Budget.objects.get(id="b"), at=datetime.now(UTC), spent_usd=Decimal(70), reserved_usd=20
    )
    loan = {"budget": "a", "lender": "b", "amount_usd": "10.01", "reason": "Tight"}

    refused = refusal(alice.post("limit-changes", loan), 409)

    assert refused["code"] == "not_enough_left"
    assert limit(alice, "a") == "100.00"
    assert alice.post("limit-changes", {**loan, "amount_usd": "10"}).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_usd": "0"}, "amount_usd"),
        ({"amount_usd": "-100.01"}, "amount_usd"),
        ({"amount_usd": "NaN"}, "amount_usd"),
        ({"lender": "a"}, "lender"),
        ({"lender": "b", "amount_usd": "-5"}, "amount_usd"),
        ({"lender": "nobodys"}, "lender"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"reason": ""}, "reason"),
        ({"kind": "lent"}, "kind"),
        ({"budget": "rolling"}, "ends_at"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(alice, months, wrong, field):
    owner = {"owner_type": "customer", "owner": "acme"}
    alice.make("budgets", id="rolling", limit_usd="5", window="6h", **owner)

    refused = refusal(
        alice.post("limit-changes", {"budget": "a", "amount_usd": "5", "reason": "So", **wrong})
    )

    assert field in refused["fields"]
    assert not LimitChange.objects.exists()


def test_a_stranger_neither_sees_nor_changes_nor_lends(alice, mallory, months):
    theirs = alice.make("limit-changes", budget="a", amount_usd="5", reason="Launch")

    assert mallory.get("limit-changes").json()["results"] == []
    assert mallory.get(f"limit-changes/{theirs['id']}").status_code == 404
    assert mallory.post(f"limit-changes/{theirs['id']}/undo").status_code == 404
    body = {"budget": "a", "amount_usd": "5", "reason": "Mine"}
    assert mallory.post("limit-changes", body).status_code in (400, 403)


def test_an_engineer_may_read_changes_and_make_none(alice, months, bob):
    body = {"budget": "a", "amount_usd": "5", "reason": "Launch"}

    assert bob.post("limit-changes", body).status_code == 403
    assert bob.get("limit-changes").status_code == 200


def test_a_change_and_its_end_are_in_the_audit_log_of_the_customer(alice, months):
    made = alice.make("limit-changes", budget="a", amount_usd="5", reason="Launch")
    alice.post(f"limit-changes/{made['id']}/undo")

    events = alice.get("audit-log", resource="limit-changes").json()["results"]

    assert [event["action"] for event in reversed(events)] == ["create", "update"]
    assert {event["customer"] for event in events} == {"acme"}


class Service:
    """A service whose calls cost what they reserve."""

    def __init__(self, plane: Plane, upstream: FakeUpstream) -> None:
        catalog.priced_model(of=catalog.provider(base_url=upstream.url), input_usd_per_mtok=0)
        plane.wait_for_catalog("far/gpt-4o")
        upstream.answers(whole({"choices": [{"index": 0, "message": MESSAGE}], "usage": USAGE}))
        self._url, self._secret = plane.url, catalog.key()

    def calls(self, times: int) -> list[int]:
        body = {"model": "far/gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
        headers = {"authorization": f"Bearer {self._secret}"}
        url = f"{self._url}/v1/chat/completions"
        with httpx.Client(headers=headers, timeout=30) as client:
            answers = [client.post(url, json={**body, "max_tokens": 100}) for _ in range(times)]
        return [answer.status_code for answer in answers]


@pytest.fixture
def service(plane: Plane, upstream: FakeUpstream) -> Service:
    return Service(plane, upstream)


def within_a_second(service: Service, times: int, statuses: list[int]) -> None:
    time.sleep(1)
    assert service.calls(times) == statuses


def test_a_raise_lets_exactly_as_much_more_through_within_a_second(service: Service):
    budget = builders.budget(limit_usd=2 * CALL_USD)
    assert service.calls(3) == [200, 200, 429]

    limit_changes.change_limit(budget=budget, amount_usd=2 * CALL_USD, reason="Launch", by="alice")

    within_a_second(service, 3, [200, 200, 429])
    assert verify_books() == []


def test_a_raise_that_has_ended_counts_no_longer(service: Service):
    budget = builders.budget(limit_usd=2 * CALL_USD)
    soon = datetime.now(UTC) + timedelta(seconds=1)
    limit_changes.change_limit(
        budget=budget, amount_usd=5 * CALL_USD, reason="Launch", by="alice", ends_at=soon
    )
    assert service.calls(1) == [200]
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()))

    assert limit_changes.announce_ended_changes() == 1

    within_a_second(service, 2, [200, 429])
    assert limit_changes.announce_ended_changes() == 0
    assert verify_books() == []


def test_a_lowered_limit_refuses_within_a_second_until_it_is_undone(service: Service):
    budget = builders.budget(limit_usd=10 * CALL_USD)
    assert service.calls(1) == [200]

    lowered = limit_changes.change_limit(
        budget=budget, amount_usd=-9 * CALL_USD, reason="A loop", by="alice"
    )

    within_a_second(service, 1, [429])
    limit_changes.undo_limit_change(lowered, by="alice")
    within_a_second(service, 2, [200, 200])
    assert verify_books() == []
