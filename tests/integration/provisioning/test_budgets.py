"""Which budget a file means, and what becomes of it."""

from decimal import Decimal

import pytest
from django.utils import timezone as clock

from controlplane.budgets.models import Budget
from tests import builders
from tests.integration.provisioning.applying import apply, counts, wrong

pytestmark = pytest.mark.usefixtures("database")


def of_key(budget):
    return f"virtual_keys:\n- id: vk\n  customer: acme\n  budget: {budget}\n"


def in_force():
    rows = Budget.objects.filter(archived_at=None).order_by("window", "enforcement")
    return [(row.window, row.enforcement, row.limit_usd) for row in rows]


def test_another_limit_changes_the_budget_of_that_window():
    apply(of_key("{monthly_usd: 200}"))
    before = Budget.objects.get().id

    (change,) = apply(of_key("{monthly_usd: 250}")).plan.changes

    assert [tuple(each) for each in change.differences] == [("limit_usd", "200.00", "250.00")]
    assert (change.id, change.about) == (before, "virtual key vk, month")
    assert Budget.objects.get().limit_usd == 250


def test_another_enforcement_changes_it_too():
    apply(of_key("{monthly_usd: 200, hard_cap: true}"))

    assert counts(apply(of_key("{monthly_usd: 200, hard_cap: false}"))) == (0, 1, 0, 1)
    assert in_force() == [("month", "soft", 200)]


def test_another_window_is_another_budget_and_the_first_stays():
    apply(of_key("{monthly_usd: 200}"))

    assert counts(apply(of_key("{weekly_usd: 50}"))) == (1, 0, 0, 1)
    assert in_force() == [("month", "hard", 200), ("week", "hard", 50)]


def test_when_pruned_the_budget_of_the_first_window_goes():
    apply(of_key("{monthly_usd: 200}"))

    applied = apply(of_key("{weekly_usd: 50}"), prune=True)

    assert counts(applied) == (1, 0, 1, 1)
    assert in_force() == [("week", "hard", 50)]


def test_by_its_id_a_budget_changes_its_window_and_counts_anew():
    apply("budgets: [{id: b, owner_type: customer, owner: acme, monthly_usd: 200}]")

    (change,) = apply("budgets: [{id: b, window: week}]").plan.changes

    assert [tuple(each) for each in change.differences] == [("window", "month", "week")]
    assert change.notes == ["its windows are others now: it counts anew"]


def test_hard_and_soft_budgets_of_one_window_are_told_apart():
    text = of_key("[{monthly_usd: 100}, {monthly_usd: 80, enforcement: soft}]")
    apply(text)

    assert apply(text).plan.is_empty
    apply(text.replace("80", "90"))
    assert in_force() == [("month", "hard", 100), ("month", "soft", 90)]


def test_one_of_several_is_meant_by_its_enforcement():
    apply(of_key("[{monthly_usd: 100}, {monthly_usd: 80, enforcement: soft}]"))

    assert counts(apply(of_key("{monthly_usd: 70}"))) == (0, 1, 0, 1)
    assert in_force() == [("month", "hard", 70), ("month", "soft", 80)]


def test_of_several_that_are_alike_the_file_must_say_which():
    owner = "owner_type: virtual_key, owner: vk, window: month"
    apply(of_key("{monthly_usd: 100}"))
    apply(f"budgets: [{{id: other, {owner}, limit_usd: 5}}]")
    first = Budget.objects.exclude(pk="other").get().id

    (problem,) = wrong(of_key("{monthly_usd: 70}"))

    assert (
        "virtual_keys[0].budget.monthly_usd: The owner has several such budgets: say by 'id'"
        in problem
    )
    assert first in problem
    assert "other" in problem
    assert counts(apply(of_key("{id: other, monthly_usd: 70}"))) == (0, 1, 0, 1)


def test_the_same_budget_twice_in_a_file_is_refused():
    text = of_key("{monthly_usd: 1}") + (
        "budgets: [{owner_type: virtual_key, owner: vk, monthly_usd: 2}]\n"
    )

    (problem,) = wrong(text)

    assert problem.startswith("line 5, column ")
    assert "Another budget of this owner and window, in line 4, says the same" in problem


def test_an_owner_never_changes():
    apply("budgets: [{id: b, owner_type: customer, owner: acme, limit_usd: 1}]")

    (problem,) = wrong("budgets: [{id: b, owner_type: customer, owner: rival, limit_usd: 1}]")

    assert "budgets[0].owner: A budget's owner never changes: customer 'acme'." in problem


def test_an_archived_budget_keeps_its_id():
    builders.budget("b", archived_at=clock.now())

    (problem,) = wrong("budgets: [{id: b, owner_type: customer, owner: acme, limit_usd: 1}]")

    assert "budgets[0].id: This id is an archived budget's" in problem


def test_a_limit_below_what_is_spent_is_accepted_and_said():
    budget = builders.budget("b", limit_usd=Decimal(200))
    builders.balance(budget, at=clock.now(), spent_usd=80, reserved_usd=5)

    for dry_run in (True, False):
        (change,) = apply("budgets: [{id: b, limit_usd: 50}]", dry_run=dry_run).plan.changes
        (note,) = change.notes
        assert note.startswith(
            "below the 85.00 that are spent or reserved already: it refuses everything until "
        )

    assert Budget.objects.get().limit_usd == 50


def test_a_soft_limit_below_what_is_spent_refuses_nothing():
    budget = builders.budget("b", enforcement="soft")
    builders.balance(budget, at=clock.now(), spent_usd=80)

    (change,) = apply("budgets: [{id: b, limit_usd: 50}]").plan.changes

    assert change.notes == ["below the 80.00 that are spent or reserved already"]


def test_a_limit_above_what_is_spent_needs_no_note():
    budget = builders.budget("b", limit_usd=Decimal(200))
    builders.balance(budget, at=clock.now(), spent_usd=80)

    (change,) = apply("budgets: [{id: b, limit_usd: 100}]").plan.changes

    assert change.notes == []


def test_customers_and_teams_have_budgets_beside_their_fields_too():
    apply(
        "customers: [{id: acme, budget: {monthly_usd: 10}}]\n"
        "teams: [{id: t, customer: acme, budget: [{daily_usd: 1}, {window: 30d, limit_usd: 5}]}]"
    )

    owners = Budget.objects.order_by("window").values_list("owner_type", "window")
    assert list(owners) == [("team", "30d"), ("team", "day"), ("customer", "month")]
