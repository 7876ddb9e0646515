"""The two files of the public contract, as they are and twice."""

from decimal import Decimal

import pytest

from controlplane.accounts.models import Customer
from controlplane.budgets.models import Budget
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from dataplane.contract.virtual_keys import hash_secret
from tests.integration.provisioning.applying import CAPPED, PRODUCTION, apply, counts

pytestmark = pytest.mark.usefixtures("database")


def test_the_first_applies_as_it_is():
    applied = apply(PRODUCTION)

    assert counts(applied) == (3, 0, 0, 0)
    key = VirtualKey.objects.get(pk="vk_acme_prod")
    assert key.customer_id == "acme_corp"
    assert key.requests_per_minute == 600
    assert key.allowed_providers == ["openai", "anthropic", "bedrock"]
    assert [each["model"] for each in key.fallbacks] == [
        "gpt-4o",
        "claude-sonnet-4-6",
        "anthropic.claude-sonnet-4-6",
    ]
    budget = Budget.objects.get()
    assert (budget.virtual_key_id, budget.window, budget.enforcement) == (key.id, "month", "hard")
    assert budget.limit_usd == Decimal(12000)


def test_the_second_applies_as_it_is():
    applied = apply(CAPPED)

    assert counts(applied) == (3, 0, 0, 0)
    key = VirtualKey.objects.get(pk="vk_acme_corp")
    assert key.allowed_models == ["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5-20251001"]
    assert key.requests_per_minute == 60
    budget = Budget.objects.get()
    assert (budget.limit_usd, budget.window, budget.enforcement) == (200, "month", "hard")


@pytest.mark.parametrize("text", [PRODUCTION, CAPPED])
def test_applied_again_they_change_nothing(text):
    first = apply(text)
    rows = [list(kind.objects.order_by("pk").values()) for kind in (Customer, VirtualKey, Budget)]

    second = apply(text)

    assert second.plan.is_empty
    assert second.plan.unchanged == 2
    assert second.secrets == []
    assert [each.action for each in first.plan.changes] == ["create"] * 3
    assert rows == [
        list(kind.objects.order_by("pk").values()) for kind in (Customer, VirtualKey, Budget)
    ]


def test_both_get_along():
    apply(PRODUCTION)

    assert counts(apply(CAPPED)) == (2, 0, 0, 0)
    assert apply(PRODUCTION).plan.is_empty
    assert Customer.objects.count() == 1


def test_a_new_key_tells_its_secret_once():
    applied = apply(PRODUCTION)

    stored = VirtualKeySecret.objects.get()
    (told,) = applied.secrets
    assert hash_secret(told.secret) == stored.secret_hash
    assert applied.as_json()["secrets"] == [
        {"resource": "virtual-keys", "id": "vk_acme_prod", "secret": told.secret}
    ]
    assert told.secret not in repr(applied)


def test_a_dry_run_says_the_same_and_changes_nothing():
    planned = apply(PRODUCTION, dry_run=True)

    assert not Customer.objects.exists()
    assert not VirtualKey.objects.exists()
    assert planned.secrets == []
    applied = apply(PRODUCTION)
    assert counts(planned) == counts(applied)
    assert [each.differences for each in planned.plan.changes] == [
        each.differences for each in applied.plan.changes
    ]
    # What will be given an id has none yet.
    assert planned.plan.changes[-1].id is None
    assert applied.plan.changes[-1].id == Budget.objects.get().id
