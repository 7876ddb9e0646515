"""What is there and not in the file goes when that is asked for, and what the books need stays."""

import pytest
from django.utils import timezone as clock

from controlplane.accounts.models import Customer, Team
from controlplane.budgets.models import Budget
from controlplane.catalog.models import Model, Provider
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import issue_key
from tests import builders, catalog
from tests.integration.provisioning.applying import actions, apply, wrong

pytestmark = pytest.mark.usefixtures("database")

HOUSE = """\
customers: [{id: acme}]
teams: [{id: research, customer: acme}]
virtual_keys:
- {id: vk, customer: acme, team: research, budget: {monthly_usd: 1}}
budgets:
- {id: b, owner_type: customer, owner: acme, limit_usd: 5}
"""
NOTHING = "customers: [{id: acme}]\nteams: []\nvirtual_keys: []\nbudgets: []\n"


def test_without_being_asked_nothing_goes():
    apply(HOUSE)

    assert apply(NOTHING).plan.is_empty
    assert VirtualKey.objects.exists()


def test_what_the_file_leaves_out_goes_in_the_order_that_lets_it():
    apply(HOUSE)
    inline = Budget.objects.get(virtual_key="vk").id

    applied = apply(NOTHING, prune=True)

    assert sorted(actions(applied)[:2]) == sorted([f"remove budgets/{inline}", "remove budgets/b"])
    assert actions(applied)[2:] == ["remove virtual-keys/vk", "remove teams/research"]
    assert not Budget.objects.exists()
    assert apply(NOTHING, prune=True).plan.is_empty


def test_what_the_file_names_stays():
    apply(HOUSE)

    assert apply(HOUSE, prune=True).plan.is_empty


def test_a_dry_run_says_what_would_go():
    apply(HOUSE)

    planned = apply(NOTHING, prune=True, dry_run=True)

    assert planned.plan.counts()["remove"] == 4
    assert VirtualKey.objects.exists()


def test_only_sections_that_the_file_has_are_pruned():
    apply(HOUSE)

    applied = apply("customers: [{id: acme}]\nbudgets: []", prune=True)

    assert {each.resource for each in applied.plan.changes} == {"budgets"}
    assert VirtualKey.objects.exists()


def test_only_customers_that_the_file_names_are_within_reach():
    apply(HOUSE)
    apply(
        HOUSE.replace("acme", "rival")
        .replace("research", "theirs")
        .replace("vk", "vk2")
        .replace("id: b,", "id: b2,")
    )

    apply(NOTHING, prune=True)

    assert list(VirtualKey.objects.values_list("pk", flat=True)) == ["vk2"]
    assert Budget.objects.filter(pk="b2").exists()
    assert apply("virtual_keys: []\nteams: []\nbudgets: []", prune=True).plan.is_empty


def test_a_customer_is_never_removed_by_leaving_it_out():
    apply("customers: [{id: acme}, {id: empty}]")

    assert apply("customers: [{id: acme}]", prune=True).plan.is_empty
    assert Customer.objects.count() == 2


def test_a_key_that_has_called_is_revoked_and_then_left_alone():
    issue_key(id="used", customer=builders.customer())
    builders.usage_record(virtual_key_id="used")

    applied = apply("customers: [{id: acme}]\nvirtual_keys: []", prune=True)

    (change,) = applied.plan.changes
    assert (change.id, change.notes) == ("used", ["revoked: the books need it"])
    assert VirtualKey.objects.get().is_active is False
    assert VirtualKeySecret.objects.get().revoked_at is not None
    assert apply("customers: [{id: acme}]\nvirtual_keys: []", prune=True).plan.is_empty


def test_a_budget_that_was_drawn_on_is_archived():
    builders.balance(builders.budget("b"), spent_usd=1)

    (change,) = apply("customers: [{id: acme}]\nbudgets: []", prune=True).plan.changes

    assert change.notes == ["archived: the books need it"]
    assert Budget.objects.get().archived_at is not None
    assert apply("customers: [{id: acme}]\nbudgets: []", prune=True).plan.is_empty


def test_a_key_whose_budget_was_drawn_on_is_revoked_and_keeps_it():
    key = issue_key(id="vk", customer=builders.customer()).key
    budget = builders.budget("b", owner_type="virtual_key", customer_id=None, virtual_key=key)
    builders.balance(budget, spent_usd=1)

    applied = apply("customers: [{id: acme}]\nvirtual_keys: []", prune=True)

    assert actions(applied) == ["remove virtual-keys/vk"]
    assert Budget.objects.get().archived_at is None


def test_a_team_with_keys_that_stay_stays_with_its_budgets():
    apply("teams: [{id: t, customer: acme, budget: {monthly_usd: 1}}]")
    issue_key(id="vk", customer=Customer.objects.get(), team=Team.objects.get())

    applied = apply("customers: [{id: acme}]\nteams: []", prune=True)

    assert applied.plan.is_empty
    assert applied.plan.kept == ["teams/t stays: the books need it, or keys that stay are in it."]
    assert Budget.objects.filter(archived_at=None).exists()


def test_a_key_moves_to_another_team_before_its_old_one_goes():
    apply("virtual_keys: [{id: vk, customer: acme, team: old}]")

    applied = apply(
        "teams: [{id: new, customer: acme}]\nvirtual_keys: [{id: vk, team: new}]", prune=True
    )

    assert actions(applied) == [
        "create teams/new",
        "update virtual-keys/vk",
        "remove teams/old",
    ]


def test_only_the_budgets_of_owners_that_list_theirs_are_pruned_without_a_section():
    apply(
        "virtual_keys:\n"
        "- {id: a, customer: acme, budget: [{daily_usd: 1}, {monthly_usd: 5}]}\n"
        "- {id: b, customer: acme, budget: {monthly_usd: 5}}\n"
    )

    apply(
        "virtual_keys:\n- {id: a, customer: acme, budget: {daily_usd: 1}}\n- {id: b}\n", prune=True
    )

    left = Budget.objects.order_by("virtual_key").values_list("virtual_key", "window")
    assert list(left) == [("a", "day"), ("b", "month")]


def test_providers_models_and_prices_are_pruned_by_their_sections():
    first = catalog.model("m", of=catalog.provider("far", base_url="http://127.0.0.1:9"))
    catalog.price(first)
    catalog.model("m", of=catalog.provider("near", base_url="http://127.0.0.1:9"))

    applied = apply("providers: [{id: near}]\nmodels: []\nprices: []", prune=True)

    assert actions(applied) == [
        "remove prices/far/m@1970-01-01",
        "remove models/far/m",
        "remove models/near/m",
        "remove providers/far",
    ]
    assert list(Provider.objects.values_list("pk", flat=True)) == ["near"]


def test_a_provider_whose_models_stay_stays():
    catalog.model("m", of=catalog.provider("far", base_url="http://127.0.0.1:9"))

    applied = apply("providers: []", prune=True)

    assert applied.plan.is_empty
    assert applied.plan.kept == ["providers/far stays: It is still in use by models: far/m."]
    assert Model.objects.exists()


def test_a_price_that_records_name_stays():
    price = catalog.price(
        catalog.model("m", of=catalog.provider("far", base_url="http://127.0.0.1:9"))
    )
    builders.usage_record(model="far/m", price_id=price.id, at=clock.now())

    applied = apply("prices: []", prune=True)

    assert applied.plan.is_empty
    assert "prices/far/m@1970-01-01 stays: Usage records name this price" in applied.plan.kept[0]


def test_a_wrong_file_prunes_nothing():
    apply(HOUSE)

    wrong(NOTHING + "models: [{id: x}]", prune=True)

    assert VirtualKey.objects.exists()
