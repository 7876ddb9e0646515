"""What applying changes: what the file says, and nothing else."""

from decimal import Decimal

import pytest

from controlplane.accounts.models import Customer, Team
from controlplane.budgets.models import Budget
from controlplane.catalog.models import Model, Provider
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import issue_key
from tests import builders
from tests.integration.provisioning.applying import actions, apply, counts, wrong

pytestmark = pytest.mark.usefixtures("database")

FULL = """\
customers:
- {id: acme, name: Acme, currency: EUR, timezone: Europe/Berlin, metadata: {account: 17}}
teams:
- {id: research, customer: acme, name: Research}
virtual_keys:
- id: vk
  customer: acme
  team: research
  expires_at: 2030-01-01T00:00:00Z
  denied_models: [openai/o1*]
  rate_limit: {requests_per_minute: 60, tokens_per_minute: 100_000, max_parallel_requests: 4}
  cache: {mode: exact, ttl_seconds: 60, threshold: 0.9, namespace: a}
  store_content: true
  metadata: {team_internal_billing_code: B-17}
budgets:
- {id: acme-month, owner_type: customer, owner: acme, limit_usd: "1000.50", window: month}
- {owner_type: team, owner: research, limit_usd: 10, window: day, enforcement: soft}
providers:
- {id: far, kind: openai_compatible, base_url: "https://far.example/v1", credential: {api_key: x}}
models:
- {id: far/small, aliases: [quick, {name: any, weight: 3}], max_output_tokens: 4096}
prices:
- {model: far/small, valid_from: 2026-01-01, input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6}
"""


def test_the_full_form_says_everything():
    applied = apply(FULL)

    assert actions(applied)[:6] == [
        "create customers/acme",
        "create teams/research",
        "create providers/far",
        "create models/far/small",
        "create prices/far/small@2026-01-01/custom",
        "create virtual-keys/vk",
    ]
    key = VirtualKey.objects.get()
    assert (key.team_id, key.tokens_per_minute, key.cache_mode) == ("research", 100_000, "exact")
    assert key.cache_threshold == Decimal("0.9")
    assert key.metadata == {"team_internal_billing_code": "B-17"}
    soft = Budget.objects.get(team="research")
    assert (soft.enforcement, soft.timezone) == ("soft", "Europe/Berlin")
    assert sorted(Model.objects.get().aliases) == ["any 3", "quick"]


def test_the_full_form_changes_nothing_the_second_time():
    apply(FULL)

    again = apply(FULL)

    assert again.plan.is_empty
    assert again.plan.unchanged == 8


def test_what_a_file_leaves_out_stays_as_it_is():
    apply(FULL)

    applied = apply("virtual_keys: [{id: vk, rate_limit: {requests_per_minute: 30}}]")

    assert counts(applied) == (0, 1, 0, 0)
    key = VirtualKey.objects.get()
    assert (key.requests_per_minute, key.tokens_per_minute) == (30, 100_000)
    assert key.store_content is True


def test_what_is_set_back_is_said():
    apply(FULL)

    (change,) = apply(
        "virtual_keys: [{id: vk, team: null, expires_at: null, rate_limit: null, cache: null, "
        "denied_models: []}]"
    ).plan.changes

    assert {each.field: (each.old, each.new) for each in change.differences} == {
        "team": ("research", None),
        "expires_at": ("2030-01-01T00:00:00Z", None),
        "denied_models": (["openai/o1*"], []),
        "rate_limit.requests_per_minute": (60, None),
        "rate_limit.tokens_per_minute": (100_000, None),
        "rate_limit.max_parallel_requests": (4, None),
        "cache.mode": ("exact", "off"),
        "cache.threshold": ("0.9", None),
        "cache.ttl_seconds": (60, None),
        "cache.namespace": ("a", ""),
    }


def test_changes_every_kind_of_row():
    apply(FULL)

    applied = apply(
        FULL.replace("name: Acme", "name: Acme Inc")
        .replace("Research", "Science")
        .replace("far.example/v1", "far.example/v2")
        .replace("max_output_tokens: 4096", "max_output_tokens: 8192")
        .replace("weight: 3", "weight: 4")
        .replace("store_content: true", "store_content: false")
        .replace("1000.50", "2000.50")
    )

    assert counts(applied) == (0, 6, 0, 2)
    assert Customer.objects.get().name == "Acme Inc"
    assert Team.objects.get().name == "Science"
    assert Provider.objects.get().base_url == "https://far.example/v2"
    assert Provider.objects.get().credential_sealed is not None
    assert sorted(Model.objects.get().aliases) == ["any 4", "quick"]
    assert Budget.objects.get(pk="acme-month").limit_usd == Decimal("2000.50")


def test_one_error_in_a_file_changes_nothing_of_it():
    text = FULL.replace("denied_models: [openai/o1*]", "denied_models: openai/o1")

    assert wrong(text) == [
        "line 10, column 18: virtual_keys[0].denied_models: Must be a list.",
    ]
    assert not Customer.objects.exists()
    assert not Provider.objects.exists()


def test_what_a_service_refuses_is_told_by_its_line_and_changes_nothing():
    text = FULL.replace("credential: {api_key: x}", "credential: {access_key_id: x}")

    (problem,) = wrong(text)

    assert problem.startswith("line 19, column 86: providers[0].credential: For openai_compatible")
    assert not Customer.objects.exists()


def test_every_refusal_of_a_kind_of_row_is_told():
    issue_key(id="first", customer=builders.customer(), secret="sk-known-0123456789")

    assert wrong(
        "virtual_keys:\n"
        "- {id: a, customer: acme, secret: sk-known-0123456789}\n"
        "- {id: b, customer: acme, secret: short}\n"
    ) == [
        "line 2, column 35: virtual_keys[0].secret: This secret cannot be used: choose another.",
        "line 3, column 35: virtual_keys[1].secret: Must be 16 to 256 printable ASCII characters.",
    ]


def test_a_given_secret_is_taken_over_and_known_again(monkeypatch):
    monkeypatch.setenv("CLIENT_KEY", "sk-client-0123456789")
    text = "virtual_keys: [{id: vk, customer: acme, secret: ${CLIENT_KEY}}]"

    applied = apply(text)

    assert applied.secrets == []  # who wrote it knows it
    assert "sk-client" not in str(applied.as_json())
    assert VirtualKeySecret.objects.get().hint == "6789"
    assert apply(text).plan.is_empty


def test_another_secret_of_a_key_that_is_there_is_refused():
    apply("virtual_keys: [{id: vk, customer: acme, secret: sk-first-0123456789}]")

    (problem,) = wrong("virtual_keys: [{id: vk, customer: acme, secret: sk-other-0123456789}]")

    assert "virtual_keys[0].secret: This key has another secret: rotate it instead" in problem
    assert "sk-" not in problem


def test_a_rotated_secret_in_a_file_is_still_known():
    from controlplane.keys.services import rotate_key

    text = "virtual_keys: [{id: vk, customer: acme, secret: sk-first-0123456789}]"
    apply(text)
    rotate_key(VirtualKey.objects.get())

    assert apply(text).plan.is_empty


def test_ids_that_yaml_would_read_as_numbers_stay_what_they_are():
    apply("virtual_keys: [{id: 0123, customer: 2024, name: 1.50}, {id: 1e3, customer: on}]")

    assert set(VirtualKey.objects.values_list("id", "customer", "name")) == {
        ("0123", "2024", "1.50"),
        ("1e3", "on", ""),
    }


@pytest.mark.parametrize("id", ["x" * 300, "'../etc'", "'a b'", "'a\tb'", "💥", "'-x'", "''"])
def test_odd_ids_are_refused_with_their_line(id):
    (problem,) = wrong(f"customers:\n- id: {id}\n")

    assert problem.startswith("line 2, column 7: customers[0].id: ")


def test_a_file_that_says_nothing_changes_nothing():
    assert apply("virtual_keys: []").plan.is_empty
    assert apply("customers: []\nteams: []", prune=True).plan.is_empty
