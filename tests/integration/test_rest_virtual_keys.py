"""`/api/v1/virtual-keys`: the policy of a key, its secrets, and their ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from controlplane.keys.models import VirtualKeySecret
from dataplane.contract.virtual_keys import hash_secret
from tests import builders
from tests.personas import refusal

POLICY = {
    "allowed_providers": ["openai", "bedrock"],
    "allowed_models": ["openai/gpt-4o", "gpt-4o-mini", "claude-*"],
    "denied_models": ["openai/o1"],
    "rate_limit": {
        "requests_per_minute": 600,
        "tokens_per_minute": 9_000_000_000,
        "max_parallel_requests": 5,
    },
    "fallbacks": [{"provider": "bedrock", "model": "anthropic.claude-sonnet-4-6"}],
    "stream_failure": "resume",
    "retry_storm": "back_off",
    "cache": {
        **{"mode": "semantic", "threshold": 0.95, "ttl_seconds": 60, "namespace": "n"},
        **{"target_error": 0.02, "endpoints": ["messages"], "conversations": True, "mb_max": 5},
        **{"embedder": "openai/text-embedding-3-small", "judge": "openai/gpt-4o-mini"},
    },
    "store_content": True,
    "expires_at": "2027-01-01T00:00:00Z",
    "is_active": False,
    "metadata": {"team_internal_billing_code": "B-17"},
}
NO_LIMITS = {
    "requests_per_minute": None,
    "tokens_per_minute": None,
    "max_parallel_requests": None,
}


@pytest.fixture
def acme(alice):
    return alice.make("customers", id="acme")


def hashes(key_id, **conditions):
    rows = VirtualKeySecret.objects.filter(virtual_key=key_id, **conditions)
    return set(rows.values_list("secret_hash", flat=True))


def test_a_key_shows_its_secret_once_and_stores_its_hash(alice, acme):
    key = alice.make("virtual-keys", id="vk", customer="acme")

    assert key["secret"].startswith("sk-pur-")
    assert hashes("vk") == {hash_secret(key["secret"])}
    assert "secret" not in alice.get("virtual-keys/vk").json()


def test_a_policy_is_read_back_as_it_was_written(alice, acme):
    alice.make("virtual-keys", id="vk", customer="acme", **POLICY)

    key = alice.get("virtual-keys/vk").json()

    assert {name: key[name] for name in POLICY} == POLICY


def test_a_given_secret_keeps_working(alice, acme):
    key = alice.make("virtual-keys", id="vk", customer="acme", secret="sk-from-before-1234")

    assert key["secret"] == "sk-from-before-1234"
    assert key["secret_hint"] == "1234"
    assert hashes("vk") == {hash_secret("sk-from-before-1234")}


def test_a_secret_in_use_is_refused_without_saying_whose(alice, acme):
    alice.make("virtual-keys", id="first", customer="acme", secret="x" * 16)

    answer = alice.post("virtual-keys", {"customer": "acme", "secret": "x" * 16})

    assert "secret" in refusal(answer, 409)["fields"]
    assert b"first" not in answer.content
    assert [key["id"] for key in alice.get("virtual-keys").json()["results"]] == ["first"]


def test_of_many_that_claim_one_secret_at_once_one_gets_it(alice, acme):
    def claim(number):
        try:
            body = {"id": f"vk{number}", "customer": "acme", "secret": "x" * 16}
            return alice.post("virtual-keys", body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(claim, range(8)))

    assert statuses == [201, *[409] * 7]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer", "nobody"),
        ("customer", None),
        ("team", "nobody"),
        ("secret", "short"),
        ("secret", "x" * 257),
        ("secret", "with a space in it"),
        ("secret", "ünïcödé-ünïcödé-ü"),
        ("secret", None),
        ("expires_at", "2027-01-01T00:00:00"),
        ("expires_at", "2027-01-01"),
        ("expires_at", "0001-01-01T00:00:00+14:00"),
        ("expires_at", 1900000000),
        ("allowed_models", "gpt-4o"),
        ("allowed_models", ["a b"]),
        ("allowed_models", ["gpt-4o", "gpt-4o"]),
        ("allowed_models", ["x" * 301]),
        ("allowed_models", [{}]),
        ("denied_models", [None]),
        ("stream_failure", "hope"),
        ("stream_failure", None),
        ("retry_storm", "hope"),
        ("paused_until", "2027-01-01T00:00:00Z"),
        ("allowed_providers", ["no spaces"]),
        ("allowed_providers", ["x"] * 1001),
        ("fallbacks", [{"provider": "openai"}]),
        ("fallbacks", [{"provider": "openai", "model": "gpt-4o", "weight": 1}]),
        ("fallbacks", [{"provider": "openai", "model": "gpt-4o"}] * 2),
        ("fallbacks", [{"provider": "openai", "model": f"m{number}"} for number in range(21)]),
        ("rate_limit", 60),
        ("rate_limit", {"requests_per_minute": 0}),
        ("rate_limit", {"requests_per_minute": -1}),
        ("rate_limit", {"requests_per_minute": 1.5}),
        ("rate_limit", {"requests_per_minute": True}),
        ("rate_limit", {"requests_per_minute": 2**31}),
        ("rate_limit", {"requests_per_hour": 5}),
        ("cache", {"mode": "always"}),
        ("cache", {"threshold": 1.1}),
        ("cache", {"threshold": "0.9"}),
        ("cache", {"threshold": 0.123456789}),
        ("cache", {"ttl_seconds": 0}),
        ("cache", None),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_created(alice, acme, field, value):
    error = refusal(alice.post("virtual-keys", {"customer": "acme", field: value}))

    assert field in error["fields"]
    assert alice.get("virtual-keys").json()["results"] == []


def test_a_bad_value_of_a_change_is_refused_and_nothing_is_changed(alice, acme):
    before = alice.make("virtual-keys", id="vk", customer="acme", **POLICY)

    for change in ({"fallbacks": [{"model": "gpt-4o"}]}, {"cache": {"threshold": 2}}):
        refusal(alice.patch("virtual-keys/vk", {"name": "new", **change}))

    assert alice.get("virtual-keys/vk").json()["name"] == before["name"]


def test_the_team_must_be_the_customers(alice, acme):
    alice.make("customers", id="globex")
    alice.make("teams", id="theirs", customer="globex")

    error = refusal(alice.post("virtual-keys", {"customer": "acme", "team": "theirs"}))

    assert "team" in error["fields"]


def test_patch_merges_groups_and_put_resets_them(alice, acme):
    alice.make("virtual-keys", id="vk", customer="acme", **POLICY)

    patched = alice.patch("virtual-keys/vk", {"rate_limit": {"requests_per_minute": 1}}).json()
    replaced = alice.put("virtual-keys/vk", {"customer": "acme"}).json()

    assert patched["rate_limit"] == {**POLICY["rate_limit"], "requests_per_minute": 1}
    assert replaced["rate_limit"] == NO_LIMITS
    assert replaced["cache"]["mode"] == "off"
    assert replaced["allowed_models"] == replaced["fallbacks"] == []


def test_a_key_never_moves_to_another_customer_and_its_secret_is_not_set_later(alice, acme):
    alice.make("customers", id="globex")
    alice.make("virtual-keys", id="vk", customer="acme")

    assert "customer" in refusal(alice.patch("virtual-keys/vk", {"customer": "globex"}))["fields"]
    assert "secret" in refusal(alice.patch("virtual-keys/vk", {"secret": "x" * 20}))["fields"]


def test_rotation_without_grace_ends_the_old_secret_at_once(alice, acme):
    old = alice.make("virtual-keys", id="vk", customer="acme")["secret"]

    new = alice.post("virtual-keys/vk/rotate").json()["secret"]

    assert hashes("vk", revoked_at=None) == {hash_secret(new)}
    assert hashes("vk", revoked_at__isnull=False) == {hash_secret(old)}


def test_rotation_with_grace_lets_both_work_until_then(alice, acme):
    old = alice.make("virtual-keys", id="vk", customer="acme")["secret"]

    new = alice.post("virtual-keys/vk/rotate", {"grace_seconds": 3600}).json()["secret"]

    assert hashes("vk", revoked_at=None) == {hash_secret(old), hash_secret(new)}
    ends = VirtualKeySecret.objects.get(secret_hash=hash_secret(old)).expires_at
    assert abs(ends - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)


def test_a_second_rotation_does_not_prolong_the_first_secret(alice, acme):
    first = alice.make("virtual-keys", id="vk", customer="acme")["secret"]
    alice.post("virtual-keys/vk/rotate", {"grace_seconds": 60})

    alice.post("virtual-keys/vk/rotate", {"grace_seconds": 3600})

    ends = VirtualKeySecret.objects.get(secret_hash=hash_secret(first)).expires_at
    assert ends - datetime.now(UTC) < timedelta(minutes=2)


@pytest.mark.parametrize("grace", [-1, 10**9, "60", 1.5, None])
def test_a_bad_grace_is_refused_by_name(alice, acme, grace):
    alice.make("virtual-keys", id="vk", customer="acme")

    error = refusal(alice.post("virtual-keys/vk/rotate", {"grace_seconds": grace}))

    assert "grace_seconds" in error["fields"]


def test_revocation_ends_every_secret_and_twice_is_once(alice, acme):
    alice.make("virtual-keys", id="vk", customer="acme")
    alice.post("virtual-keys/vk/rotate", {"grace_seconds": 3600})

    first, second = (alice.post("virtual-keys/vk/revoke") for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["is_active"] is False
    assert hashes("vk", revoked_at=None) == set()


def test_a_key_that_never_called_is_deleted(alice, acme):
    alice.make("virtual-keys", id="vk", customer="acme")

    assert alice.delete("virtual-keys/vk").status_code == 204
    refusal(alice.get("virtual-keys/vk"), 404)


def test_a_key_that_has_called_is_kept_for_the_books(alice, acme):
    alice.make("virtual-keys", id="vk", customer="acme")
    builders.usage_record(virtual_key_id="vk")

    assert refusal(alice.delete("virtual-keys/vk"), 409)["code"] == "key_used"


def test_keys_are_found_by_owner_and_state(alice, acme):
    alice.make("teams", id="research", customer="acme")
    alice.make("virtual-keys", id="a", customer="acme", team="research")
    alice.make("virtual-keys", id="b", customer="acme", is_active=False)

    def found(**query):
        return [key["id"] for key in alice.get("virtual-keys", **query).json()["results"]]

    assert found(customer="acme") == ["a", "b"]
    assert found(team="research") == found(is_active="true") == ["a"]
    assert found(customer="nobody") == []
