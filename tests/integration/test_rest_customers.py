"""`/api/v1/customers` and `/api/v1/teams`."""

import pytest

from tests.personas import refusal


def test_a_customer_is_created_with_sensible_defaults(alice):
    customer = alice.make("customers", id="acme")

    assert {name: customer[name] for name in ("id", "currency", "timezone", "is_active")} == {
        "id": "acme",
        "currency": "USD",
        "timezone": "UTC",
        "is_active": True,
    }


def test_an_id_that_is_not_given_is_made_up(alice):
    assert alice.make("customers", name="Acme")["id"].startswith("cus_")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "a b"),
        ("id", "x" * 300),
        ("id", ""),
        ("id", "a/b"),
        ("id", "a\u0000b"),
        ("id", "\ud800"),
        ("id", 7),
        ("name", None),
        ("name", "x" * 201),
        ("name", "a\u0000b"),
        ("currency", "usd"),
        ("currency", "DOLLAR"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", "America"),
        ("is_active", "yes"),
        ("is_active", 1),
        ("metadata", []),
        ("metadata", {"nested": {"a": 1}}),
        ("metadata", {"list": [1]}),
        ("metadata", {"": 1}),
        ("metadata", {"a": "x" * 1001}),
        ("metadata", {"a": "\u0000"}),
        ("metadata", {"a": "\udfff"}),
        ("metadata", {"a\u0000": 1}),
        ("metadata", {str(number): number for number in range(51)}),
        ("metadata", {"a": 10**40}),
        ("created_at", "2026-01-01T00:00:00Z"),
        ("colour", "blue"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_created(alice, field, value):
    error = refusal(alice.post("customers", {"id": "acme", field: value}))

    assert field in error["fields"]
    assert alice.get("customers").json()["results"] == []


def test_metadata_holds_flat_facts(alice):
    facts = {"text": "ü", "number": 1.5, "flag": True, "nothing": None}

    assert alice.make("customers", id="acme", metadata=facts)["metadata"] == facts


def test_a_taken_id_is_a_conflict(alice):
    alice.make("customers", id="acme")

    error = refusal(alice.post("customers", {"id": "acme"}), 409)

    assert error["code"] == "already_exists"
    assert "id" in error["fields"]


def test_patch_changes_what_it_names_and_put_resets_the_rest(alice):
    alice.make("customers", id="acme", name="Acme", timezone="Europe/Berlin")

    patched = alice.patch("customers/acme", {"name": "Acme Corp"}).json()
    replaced = alice.put("customers/acme", {"name": "Acme Inc"}).json()

    assert (patched["name"], patched["timezone"]) == ("Acme Corp", "Europe/Berlin")
    assert (replaced["name"], replaced["timezone"]) == ("Acme Inc", "UTC")


def test_what_was_read_may_be_sent_back_but_not_with_another_id(alice):
    customer = alice.make("customers", id="acme")

    assert alice.put("customers/acme", customer).status_code == 200
    assert "id" in refusal(alice.put("customers/acme", {**customer, "id": "b"}))["fields"]


def test_a_customer_in_use_is_not_deleted_and_the_answer_says_by_what(alice):
    alice.make("customers", id="acme")
    alice.make("teams", id="research", customer="acme")

    error = refusal(alice.delete("customers/acme"), 409)

    assert error["fields"] == {"teams": ["research"]}
    assert alice.delete("teams/research").status_code == 204
    assert alice.delete("customers/acme").status_code == 204
    assert refusal(alice.get("customers/acme"), 404)["code"] == "not_found"


def test_a_team_needs_a_customer_that_exists(alice):
    assert "customer" in refusal(alice.post("teams", {"id": "research"}))["fields"]
    unknown = refusal(alice.post("teams", {"id": "research", "customer": "nobody"}))
    assert "customer" in unknown["fields"]


def test_a_team_stays_with_its_customer(alice):
    alice.make("customers", id="acme")
    alice.make("customers", id="globex")
    alice.make("teams", id="research", customer="acme")

    error = refusal(alice.patch("teams/research", {"customer": "globex"}))

    assert "customer" in error["fields"]


def test_teams_are_found_by_customer(alice):
    for customer in ("acme", "globex"):
        alice.make("customers", id=customer)
        alice.make("teams", id=f"{customer}-team", customer=customer)

    found = alice.get("teams", customer="globex").json()["results"]

    assert [team["id"] for team in found] == ["globex-team"]
