"""Roles, and customers who see nothing of each other."""

import pytest
from django.test import Client

from controlplane.accounts.models import Member
from tests.personas import API, caller, refusal

WRITES = {
    "customers": {"id": "new"},
    "teams": {"id": "new", "customer": "acme"},
    "virtual-keys": {"id": "new", "customer": "acme"},
    "budgets": {"id": "new", "owner_type": "customer", "owner": "acme", "limit_usd": "1"},
    "providers": {"id": "new", "kind": "openai"},
    "models": {"id": "openai/new"},
    "prices": {"model": "openai/old", "input_usd_per_mtok": "1"},
    "tokens": {"name": "new", "role": "auditor"},
}
MAY_WRITE = {
    "admin": set(WRITES),
    "engineer": {"virtual-keys", "providers", "models"},
    "finance": {"budgets", "prices"},
    "auditor": set(),
}
OWNED = ("customers", "teams", "virtual-keys", "budgets", "tokens")


@pytest.fixture
def house(alice):
    """One of everything, at acme."""
    alice.make("customers", id="acme")
    alice.make("teams", id="research", customer="acme")
    alice.make("virtual-keys", id="vk", customer="acme", team="research")
    for owner_type, owner in (("customer", "acme"), ("team", "research"), ("virtual_key", "vk")):
        owned = {"owner_type": owner_type, "owner": owner}
        alice.make("budgets", id=f"{owner}-budget", limit_usd="1", **owned)
    address = {"base_url": "http://10.0.0.1/v1", "metadata": {"account": "17"}}
    alice.make("providers", id="openai", kind="openai", **address)
    alice.make("models", id="openai/old")
    alice.make("tokens", id="acmes", name="x", role="auditor", customer="acme")


@pytest.mark.parametrize("role", MAY_WRITE)
def test_each_role_writes_what_is_its_own_and_nothing_else(house, role):
    someone = caller(role)

    for resource, body in WRITES.items():
        expected = 201 if resource in MAY_WRITE[role] else 403
        assert someone.post(resource, body).status_code == expected, resource


@pytest.mark.parametrize("role", MAY_WRITE)
def test_every_role_reads_everything_but_tokens(house, role):
    someone = caller(role)

    for resource in WRITES:
        expected = 403 if resource == "tokens" and role != "admin" else 200
        assert someone.get(resource).status_code == expected, resource


@pytest.mark.parametrize("role", MAY_WRITE)
def test_changing_and_deleting_need_the_same_role_as_creating(house, role):
    someone = caller(role)
    paths = {
        "customers": "customers/acme",
        "teams": "teams/research",
        "virtual-keys": "virtual-keys/vk",
        "budgets": "budgets/acme-budget",
        "providers": "providers/openai",
        "models": "models/openai/old",
    }

    for resource, path in paths.items():
        expected = 200 if resource in MAY_WRITE[role] else 403
        assert someone.patch(path, {"name": "x"}).status_code == expected, path
        if expected == 403:
            assert someone.delete(path).status_code == 403, path


def test_a_rival_sees_nothing_of_acmes(house, mallory):
    for resource in OWNED:
        seen = mallory.get(resource).content.decode()
        assert not [name for name in ('"acme', '"research', '"vk"') if name in seen], resource


@pytest.mark.parametrize(
    "path",
    [
        "customers/acme",
        "teams/research",
        "virtual-keys/vk",
        "budgets/acme-budget",
        "budgets/research-budget",
        "budgets/vk-budget",
        "tokens/acmes",
    ],
)
def test_a_rival_cannot_tell_what_is_acmes_from_what_is_not_there(house, mallory, path):
    def answers(path):
        writes = (mallory.patch(path, {"name": "x"}), mallory.delete(path))
        return [answer.status_code for answer in (mallory.get(path), *writes)]

    missing = f"{path.partition('/')[0]}/nothing"
    assert answers(path) == answers(missing)
    assert mallory.get(path).content == mallory.get(missing).content


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_a_rival_does_not_touch_acmes_keys(house, mallory, action):
    refusal(mallory.post(f"virtual-keys/vk/{action}"), 404)


@pytest.mark.parametrize(
    ("resource", "body", "field"),
    [
        ("teams", {"customer": "acme"}, "customer"),
        ("virtual-keys", {"customer": "acme"}, "customer"),
        ("virtual-keys", {"customer": "rival", "team": "research"}, "team"),
        ("budgets", {"owner_type": "customer", "owner": "acme", "limit_usd": "1"}, "owner"),
        ("budgets", {"owner_type": "team", "owner": "research", "limit_usd": "1"}, "owner"),
        ("budgets", {"owner_type": "virtual_key", "owner": "vk", "limit_usd": "1"}, "owner"),
    ],
)
def test_a_rival_creates_nothing_at_acme_and_is_told_it_is_not_there(
    house, mallory, resource, body, field
):
    error = refusal(mallory.post(resource, body))

    assert "no such" in error["fields"][field][0]


def test_filters_do_not_lead_out_of_the_own_customer(house, mallory):
    assert mallory.get("virtual-keys", customer="acme").json()["results"] == []
    assert mallory.get("budgets", owner="research").json()["results"] == []


def test_who_is_bound_changes_nothing_that_customers_share(house, mallory):
    for resource in ("customers", "providers", "models", "prices"):
        refusal(mallory.post(resource, WRITES[resource]), 403)
    refusal(mallory.patch("customers/rival", {"is_active": False}), 403)


def test_who_is_bound_reads_the_catalogue_without_the_installations_addresses(house, bob):
    provider = bob.get("providers/openai").json()

    assert (provider["base_url"], provider["metadata"]) == ("", {})
    assert [model["id"] for model in bob.get("models").json()["results"]] == ["openai/old"]


def test_an_engineer_of_acme_provisions_keys_there(house, bob):
    key = bob.make("virtual-keys", customer="acme", team="research")

    assert bob.post(f"virtual-keys/{key['id']}/rotate").status_code == 200
    assert len(bob.get("virtual-keys").json()["results"]) == 2


@pytest.fixture
def signed_in(database):
    """A person with a session, and CSRF checked as in a browser."""
    member = Member.objects.create_user("carol", password="correct horse", role="admin")
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.force_login(member)
    return client


def test_a_session_reads(signed_in):
    assert signed_in.get(API + "customers").status_code == 200


def test_a_session_writes_with_the_csrf_token_alone(signed_in):
    body, kind = b'{"id": "acme"}', {"content_type": "application/json"}

    refusal(signed_in.post(API + "customers", body, **kind), 403)

    signed_in.get("/admin/login/")
    token = "a" * 32
    signed_in.cookies["csrftoken"] = token
    answer = signed_in.post(API + "customers", body, **kind, headers={"x-csrftoken": token})
    assert answer.status_code == 201


def test_a_deactivated_member_is_nobody(signed_in):
    Member.objects.update(is_active=False)

    refusal(signed_in.get(API + "customers"), 401)
