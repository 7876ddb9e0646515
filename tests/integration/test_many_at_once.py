"""Services that write many rows with a few statements: as strict as one at a time."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controlplane.accounts.models import Customer
from controlplane.accounts.services import create_customers, create_teams
from controlplane.budgets.models import Budget
from controlplane.budgets.services import create_budgets, delete_budgets, update_budgets
from controlplane.errors import Conflict, RowsRefused
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import delete_keys, issue_key, issue_keys, revoke_keys, update_keys
from tests import builders

pytestmark = pytest.mark.usefixtures("database")


def test_issues_many_keys_each_with_a_secret_of_its_own():
    acme = builders.customer()

    issued = issue_keys([{"id": f"vk-{n}", "customer": acme} for n in range(3)])

    assert [each.key.id for each in issued] == ["vk-0", "vk-1", "vk-2"]
    assert len({each.secret for each in issued}) == 3
    assert VirtualKeySecret.objects.count() == 3


def test_takes_over_given_secrets():
    given = "sk-given-0123456789"
    issued = issue_keys([{"id": "vk", "customer": builders.customer(), "secret": given}])

    assert issued[0].secret == given
    assert VirtualKeySecret.objects.get().hint == "6789"


def test_refuses_all_of_many_keys_and_says_of_each_what_is_wrong():
    acme, secret = builders.customer(), "sk-given-0123456789"
    issue_key(id="taken", customer=acme, secret=secret)

    with pytest.raises(RowsRefused) as refused:
        issue_keys(
            [
                {"id": "good", "customer": acme},
                {"id": "taken", "customer": acme},
                {"id": "x/y", "customer": acme},
                {"id": "slow", "customer": acme, "requests_per_minute": 0},
            ]
        )

    assert set(refused.value.refusals) == {"taken", "x/y", "slow"}
    assert isinstance(refused.value.refusals["taken"], Conflict)
    assert list(refused.value.fields["slow"]) == ["requests_per_minute"]
    assert VirtualKey.objects.count() == 1


@pytest.mark.parametrize(
    "secrets",
    [
        ("sk-given-0123456789", "sk-given-0123456789"),
        ("sk-known-0123456789", None),
        ("short", None),
        ("", None),
        ("sk-\ud800-0123456789abc", None),
    ],
)
def test_refuses_secrets_that_are_taken_twice_given_or_none(secrets):
    acme = builders.customer()
    issue_key(id="first", customer=acme, secret="sk-known-0123456789")

    with pytest.raises(RowsRefused) as refused:
        issue_keys(
            [{"id": f"vk-{n}", "customer": acme, "secret": s} for n, s in enumerate(secrets)]
        )

    (refusal,) = refused.value.refusals.values()
    assert list(refusal.fields) == ["secret"]
    assert VirtualKey.objects.count() == 1


def test_a_key_in_the_team_of_another_customer_is_refused_among_many():
    team = builders.team(customer_id="rival")

    with pytest.raises(RowsRefused) as refused:
        issue_keys([{"id": "vk", "customer": builders.customer(), "team": team}])

    assert list(refused.value.fields["vk"]) == ["team"]


def test_changes_many_keys_and_leaves_what_is_the_same_alone():
    keys = [builders.virtual_key(f"vk-{n}", requests_per_minute=n + 1) for n in range(3)]
    before = keys[0].updated_at

    changed = update_keys([(key, {"requests_per_minute": 1}) for key in keys])

    assert [key.requests_per_minute for key in changed] == [1, 1, 1]
    assert VirtualKey.objects.get(pk="vk-0").updated_at == before
    assert VirtualKey.objects.get(pk="vk-2").updated_at > before


def test_changes_none_of_many_when_one_is_wrong():
    keys = [builders.virtual_key(f"vk-{n}") for n in range(2)]

    with pytest.raises(RowsRefused):
        update_keys([(keys[0], {"name": "x"}), (keys[1], {"requests_per_minute": 0})])

    assert not VirtualKey.objects.filter(name="x").exists()


def test_a_row_that_is_gone_meanwhile_is_a_conflict():
    key = builders.virtual_key()
    VirtualKey.objects.all().delete()

    with pytest.raises(Conflict):
        update_keys([(key, {"name": "x"})])


def test_many_budgets_take_the_time_zones_of_their_customers():
    berlin = builders.customer("berlin", timezone="Europe/Berlin")
    team = builders.team(customer_id="berlin")

    budgets = create_budgets(
        [
            {"id": "b-1", "owner": berlin, "limit_usd": Decimal(1)},
            {"id": "b-2", "owner": team, "limit_usd": Decimal(2), "timezone": "UTC"},
        ]
    )
    update_budgets([(each, {"limit_usd": Decimal(9)}) for each in budgets])

    stored = Budget.objects.values_list("owner_type", "timezone", "limit_usd")
    assert list(stored) == [("customer", "Europe/Berlin", 9), ("team", "UTC", 9)]


def test_many_keys_that_never_called_are_deleted_or_none():
    keys = [each.key for each in issue_keys([new_key(n) for n in range(3)])]
    builders.usage_record(virtual_key_id="vk-2")

    with pytest.raises(Conflict):
        delete_keys(keys)
    assert VirtualKey.objects.count() == 3

    delete_keys(keys[:2])
    assert list(VirtualKey.objects.values_list("pk", flat=True)) == ["vk-2"]


def test_keys_that_have_budgets_are_not_deleted_with_others():
    keys = [each.key for each in issue_keys([new_key(n) for n in range(2)])]
    create_budgets([{"id": "b", "owner": keys[1], "limit_usd": Decimal(1)}])

    with pytest.raises(Conflict) as refused:
        delete_keys(keys)

    assert refused.value.fields == {"budgets": ["b"]}


def test_many_keys_are_revoked_with_all_their_secrets():
    keys = [each.key for each in issue_keys([new_key(n) for n in range(3)])]

    revoked = revoke_keys(keys[:2])

    assert [key.is_active for key in revoked] == [False, False]
    live = VirtualKeySecret.objects.filter(revoked_at=None)
    assert [each.virtual_key_id for each in live] == ["vk-2"]


def test_many_budgets_go_and_those_that_were_drawn_on_are_archived():
    budgets = [builders.budget(f"b-{n}") for n in range(3)]
    builders.balance(budgets[1], spent_usd=1)

    archived = delete_budgets(budgets)

    assert [each.id for each in archived] == ["b-1"]
    assert Budget.objects.get().archived_at is not None


def new_key(number):
    return {"id": f"vk-{number}", "customer": builders.customer()}


def test_a_thousand_rows_take_a_few_statements():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        customers = create_customers([{"id": f"c-{n}"} for n in range(1000)])
        create_teams([{"id": f"t-{each.id}", "customer": each} for each in customers])

    assert Customer.objects.count() == 1000
    assert len(queries) < 40


def test_none_of_many_is_nothing():
    assert issue_keys([]) == update_keys([]) == create_customers([]) == []
