"""Parents that nobody names come into being; those of others are refused."""

import pytest

from controlplane.accounts.models import Customer, Team
from controlplane.catalog.models import Model, Provider
from controlplane.keys.models import VirtualKey
from tests import builders
from tests.integration.provisioning.applying import actions, apply, wrong

pytestmark = pytest.mark.usefixtures("database")


def test_a_key_brings_its_customer_and_its_team():
    applied = apply("virtual_keys: [{id: vk, customer: acme, team: research}]")

    assert actions(applied) == [
        "create customers/acme",
        "create teams/research",
        "create virtual-keys/vk",
    ]
    assert Team.objects.get().customer_id == "acme"


def test_a_team_of_an_existing_key_comes_into_being_at_its_customer():
    builders.virtual_key("vk")

    apply("virtual_keys: [{id: vk, team: research}]")

    assert Team.objects.get().customer_id == "acme"
    assert VirtualKey.objects.get().team_id == "research"


def test_a_price_brings_its_model_and_that_its_provider():
    applied = apply("prices: [{model: openai/mine, input_usd_per_mtok: 1}]")

    assert actions(applied)[:2] == ["create providers/openai", "create models/openai/mine"]
    assert Provider.objects.get().kind == "openai"
    assert Model.objects.get().upstream_model == "mine"


def test_a_budget_brings_its_customer():
    applied = apply("budgets: [{owner_type: customer, owner: acme, limit_usd: 1}]")

    assert actions(applied)[0] == "create customers/acme"


def test_parents_may_stand_anywhere_in_the_file():
    apply(
        "virtual_keys: [{id: vk, customer: acme, team: research}]\n"
        "teams: [{id: research, customer: acme, name: R}]\n"
        "customers: [{id: acme, name: A}]\n"
    )

    assert Team.objects.get().name == "R"
    assert Customer.objects.get().name == "A"


def test_providers_that_a_key_may_call_need_not_exist():
    apply("virtual_keys: [{id: vk, customer: acme, allowed_providers: [nobody]}]")

    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "virtual_keys: [{id: vk, customer: acme, team: theirs}]",
            "virtual_keys[0].team: This team belongs to another customer.",
        ),
        (
            "teams: [{id: ours, customer: rival}]\n"
            "virtual_keys: [{id: vk, customer: acme, team: ours}]",
            "virtual_keys[0].team: This team belongs to another customer.",
        ),
        (
            "virtual_keys: [{id: a, customer: acme, team: t}, {id: b, customer: rival, team: t}]",
            "virtual_keys[1].team: This team belongs to another customer.",
        ),
        (
            "virtual_keys: [{id: known, customer: acme}]",
            "virtual_keys[0].customer: This never changes, and is 'rival'.",
        ),
        (
            "teams: [{id: theirs, customer: acme}]",
            "teams[0].customer: This never changes, and is 'rival'.",
        ),
        (
            "virtual_keys: [{id: vk}]",
            "virtual_keys[0].id: Needs 'customer': there is none of this id yet.",
        ),
        ("teams: [{id: t}]", "teams[0].id: Needs 'customer': there is none of this id yet."),
        (
            "budgets: [{owner_type: team, owner: none, limit_usd: 1}]",
            "budgets[0].owner: There is no such team.",
        ),
        (
            "budgets: [{owner_type: virtual_key, owner: none, limit_usd: 1}]",
            "budgets[0].owner: There is no such virtual key.",
        ),
        (
            "budgets: [{id: b, owner_type: customer, owner: acme}]",
            "budgets[0]: Needs a limit, such as 'limit_usd' or 'monthly_usd'.",
        ),
        ("budgets: [{id: b, limit_usd: 1}]", "budgets[0].id: Needs 'owner_type': there is no"),
        ("models: [{id: nobody/m}]", "models[0].id: There is no such provider."),
        ("prices: [{model: gpt-4o, input_usd_per_mtok: 1}]", "prices[0].model: There is no such"),
        ("prices: [{id: x, input_usd_per_mtok: 1}]", "prices[0].id: Needs 'model': there is no"),
        ("providers: [{id: mine}]", "providers[0]: Needs 'kind': one of openai, anthropic"),
    ],
)
def test_foreign_and_missing_parents_are_refused(text, problem):
    builders.team("theirs", customer_id="rival")
    builders.virtual_key("known", customer_id="rival")

    (found,) = wrong(text)

    assert found.partition(": ")[2].startswith(problem)
    assert VirtualKey.objects.count() == Team.objects.count() == 1


def test_a_broken_parent_is_not_missed_as_well():
    problems = wrong(
        "teams: [{id: t, customer: acme, nme: x}]\n"
        "virtual_keys: [{id: vk, customer: acme, team: t}]"
    )

    assert problems == [
        "line 1, column 33: teams[0].nme: Unknown field 'nme'. Did you mean 'name'?",
    ]
