"""`/api/v1/tokens`, and what a token opens."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from controlplane.accounts.models import ApiToken
from dataplane.contract.virtual_keys import hash_secret
from tests.personas import Caller, caller, refusal


def test_a_token_shows_its_secret_once_and_stores_its_hash(alice):
    token = alice.make("tokens", id="ci", name="CI", role="engineer")

    assert token["secret"].startswith("pur_")
    assert ApiToken.objects.get(id="ci").secret_hash == hash_secret(token["secret"])
    assert "secret" not in alice.get("tokens/ci").json()
    assert Caller(token["secret"]).get("virtual-keys").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("role", "king"),
        ("role", None),
        ("customer", "nobody"),
        ("expires_at", "tomorrow"),
        ("secret", "pur_mine-mine-mine-mine"),
        ("secret_hash", "0" * 64),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_created(alice, field, value):
    error = refusal(alice.post("tokens", {"name": "CI", "role": "engineer", field: value}))

    assert field in error["fields"]
    assert ApiToken.objects.count() == 1


def test_what_a_token_may_do_never_changes(alice):
    alice.make("tokens", id="ci", name="CI", role="engineer")

    assert "role" in refusal(alice.patch("tokens/ci", {"role": "admin"}))["fields"]
    assert alice.patch("tokens/ci", {"name": "New"}).json()["name"] == "New"


@pytest.mark.parametrize("secret", ["", "pur_wrong", "x" * 500, "ünïcödé", "pur_\x00"])
def test_a_wrong_token_is_401_with_a_challenge(database, secret):
    answer = Caller(f" {secret}").get("customers")

    assert refusal(answer, 401)["code"] == "token_invalid"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_token_is_401(database):
    assert refusal(Caller(None).get("customers"), 401)["code"] == "not_authenticated"


def test_a_revoked_token_is_401_from_then_on(alice):
    token = alice.make("tokens", id="ci", name="CI", role="auditor")

    assert alice.post("tokens/ci/revoke").json()["revoked_at"] is not None
    assert refusal(Caller(token["secret"]).get("teams"), 401)["code"] == "token_revoked"


def test_an_expired_token_is_401(alice):
    token = alice.make("tokens", name="CI", role="auditor", expires_at="2026-01-01T00:00:00Z")

    assert refusal(Caller(token["secret"]).get("teams"), 401)["code"] == "token_expired"


def test_a_deleted_token_is_401(alice):
    token = alice.make("tokens", id="ci", name="CI", role="auditor")

    assert alice.delete("tokens/ci").status_code == 204
    assert refusal(Caller(token["secret"]).get("teams"), 401)["code"] == "token_invalid"


def test_use_is_noted_at_most_once_a_minute(alice):
    token = ApiToken.objects.get()
    alice.get("teams")
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    alice.get("teams")
    second = ApiToken.objects.get(pk=token.pk).last_used_at
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    alice.get("teams")

    assert first == second
    assert datetime.now(UTC) - ApiToken.objects.get().last_used_at < timedelta(minutes=1)


@pytest.mark.parametrize("role", ["engineer", "finance", "auditor"])
def test_only_administrators_see_tokens(database, role):
    assert refusal(caller(role).get("tokens"), 403)["code"] == "permission_denied"


def test_whoever_is_bound_only_issues_tokens_bound_alike(mallory):
    bound = mallory.make("tokens", name="ours", role="admin", customer="rival")

    assert bound["customer"] == "rival"
    unbound = refusal(mallory.post("tokens", {"name": "all", "role": "auditor"}))
    assert "customer" in unbound["fields"]
    assert (
        "customer"
        in refusal(mallory.post("tokens", {"name": "x", "role": "auditor", "customer": "acme"}))[
            "fields"
        ]
    )


def test_the_command_prints_a_working_secret_once(alice, capsys):
    alice.make("customers", id="acme")

    call_command("create_token", "CI", role="engineer", customer="acme", expires_days=7)

    secret = capsys.readouterr().out.strip()
    assert Caller(secret).get("virtual-keys").status_code == 200
    token = ApiToken.objects.get(name="CI")
    assert (token.role, token.customer_id) == ("engineer", "acme")
    assert timedelta(days=6) < token.expires_at - datetime.now(UTC) < timedelta(days=8)


def test_the_command_refuses_an_unknown_customer_in_one_sentence(database):
    with pytest.raises(CommandError, match="customer"):
        call_command("create_token", "CI", role="admin", customer="nobody")
