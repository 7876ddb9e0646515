"""`/api/v1/members`: who may sign in, and who may say so."""

from urllib.parse import urlsplit

import pytest

from controlplane.accounts.models import ApiToken, Member
from controlplane.accounts.services import issue_token
from tests import builders
from tests.pages import PASSWORD, browser, make_member, sign_in
from tests.personas import Caller, caller, refusal

pytestmark = pytest.mark.usefixtures("database", "quick_passwords")


def test_a_member_is_made_and_invited(alice):
    made = alice.make("members", id="anna", role="engineer", email="a@acme.example")

    path = urlsplit(made["invitation_url"]).path
    form = browser().get(path)
    assert form.status_code == 302
    assert "set-password" in form.headers["Location"]
    assert "invitation_url" not in alice.get("members/anna").json()
    assert (made["role"], made["second_factor"], made["last_login"]) == ("engineer", False, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", "a/b"),
        ("id", "x" * 151),
        ("id", "a b"),
        ("role", "king"),
        ("email", "nowhere"),
        ("customer", "nobody"),
        ("team", "nobody"),
        ("password", "mine"),
        ("is_superuser", True),
    ],
)
def test_a_bad_value_is_refused_by_name(alice, field, value):
    error = refusal(alice.post("members", {"id": "anna", "role": "auditor", field: value}))

    assert field in error["fields"]
    assert not Member.objects.exists()


def test_names_that_differ_in_capitals_are_the_same(alice):
    alice.make("members", id="anna", role="auditor")

    assert refusal(alice.post("members", {"id": "Anna", "role": "auditor"}), 409)


def test_a_team_is_one_of_the_customer(alice):
    builders.team("lab", customer_id="acme")
    builders.customer("rival")

    body = {"id": "anna", "role": "auditor", "team": "lab"}
    for customer in (None, "rival"):
        refusal(alice.post("members", {**body, "customer": customer}))
    alice.make("members", **body, customer="acme")


def test_roles_change_at_once(alice):
    make_member("anna", role="auditor")
    client = browser()
    sign_in(client, "anna")
    body = {"content_type": "application/json", "data": '{"id": "x"}'}
    assert client.post("/api/v1/customers", **body).status_code == 403

    assert alice.patch("members/anna", {"role": "admin"}).json()["role"] == "admin"

    assert client.post("/api/v1/customers", **body).status_code == 201


def test_a_deactivated_member_is_out_and_so_are_the_tokens(alice):
    member = make_member("anna", role="admin")
    token = Caller(issue_token(name="t", role="auditor", issued_by=member).secret)
    assert token.get("customers").status_code == 200
    make_member("root", role="admin")

    alice.patch("members/anna", {"is_active": False})

    assert refusal(token.get("customers"), 401)["code"] == "token_revoked"


def test_a_deleted_members_tokens_are_revoked_and_stay_in_the_list(alice):
    make_member("root", role="admin")
    member = make_member("anna", role="admin")
    secret = issue_token(id="hers", name="t", role="auditor", issued_by=member).secret

    assert alice.delete("members/anna").status_code == 204

    assert refusal(Caller(secret).get("customers"), 401)["code"] == "token_revoked"
    shown = alice.get("tokens/hers").json()
    assert (shown["issued_by"], shown["revoked_at"] is None) == (None, False)


def test_a_token_does_not_outlive_the_rights_of_its_issuer(alice):
    make_member("root", role="admin")
    member = make_member("anna", role="admin")
    token = Caller(issue_token(name="t", role="engineer", issued_by=member).secret)

    alice.patch("members/anna", {"role": "auditor"})

    assert refusal(token.get("customers"), 401)["code"] == "token_revoked"


def test_what_a_member_issues_is_hers_also_through_a_token(alice):
    make_member("anna", role="admin")
    client = browser()
    sign_in(client, "anna")
    kind = {"content_type": "application/json"}
    first = client.post("/api/v1/tokens", '{"name": "a", "role": "admin"}', **kind).json()

    second = Caller(first["secret"]).make("tokens", name="b", role="auditor")

    assert (first["issued_by"], second["issued_by"]) == ("anna", "anna")


@pytest.mark.parametrize("change", [{"role": "finance"}, {"is_active": False}, None])
def test_somebody_who_may_do_everything_remains(alice, change):
    make_member("anna", role="admin")
    make_member("bound", role="admin", customer=builders.customer("acme"))

    answer = alice.patch("members/anna", change) if change else alice.delete("members/anna")

    assert refusal(answer, 409)["code"] == "last_administrator"
    assert Member.objects.get(username="anna").role == "admin"


def test_second_factors_sessions_and_invitations_are_acts(alice):
    make_member("anna", role="auditor")
    client = browser()
    sign_in(client, "anna")

    assert alice.post("members/anna/end-sessions").status_code == 200
    assert client.get("/account/").status_code == 302
    assert alice.post("members/anna/reset-second-factor").json()["second_factor"] is False
    link = alice.post("members/anna/invite").json()["invitation_url"]
    assert browser().get(urlsplit(link).path).status_code == 302


def test_an_invitation_is_over_when_the_password_is_set_and_for_inactive_members(alice):
    made = alice.make("members", id="anna", role="auditor")
    member = Member.objects.get()
    member.set_password(PASSWORD)
    member.save()

    page = browser().get(urlsplit(made["invitation_url"]).path)

    assert b"does not work any more" in page.content
    alice.patch("members/anna", {"is_active": False})
    assert refusal(alice.post("members/anna/invite"), 409)["code"] == "member_inactive"


@pytest.mark.parametrize("role", ["engineer", "finance", "auditor"])
def test_only_administrators_see_members(role):
    assert caller(role).get("members").status_code == 403


def narrowed(role="admin", **grant):
    return Caller(issue_token(name="t", role=role, **grant).secret)


def test_whoever_may_less_gains_nothing_by_a_member(alice):
    make_member("anna", role="admin")
    clerk = narrowed(scope=["members"])

    refusal(clerk.patch("members/anna", {"email": "x@evil.example"}), 403)
    for act in ("invite", "reset-second-factor", "end-sessions"):
        refusal(clerk.post(f"members/anna/{act}"), 403)
    refusal(clerk.delete("members/anna"), 403)
    assert "role" in refusal(clerk.post("members", {"id": "x", "role": "auditor"}))["fields"]


def test_whoever_is_bound_makes_members_bound_alike(mallory):
    assert "customer" in refusal(mallory.post("members", {"id": "a", "role": "auditor"}))["fields"]

    mallory.make("members", id="b", role="admin", customer="rival")
    refusal(mallory.patch("members/b", {"customer": None}))


@pytest.mark.parametrize(
    ("grant", "refused"),
    [
        ({"role": "admin"}, True),
        ({"role": "admin", "scope": ["tokens"]}, False),
        ({"role": "auditor"}, True),
        ({"role": "admin", "scope": ["tokens"], "read_only": True}, False),
        ({"role": "auditor", "scope": ["budgets"]}, True),
    ],
)
def test_a_token_grants_no_more_than_it_has(alice, grant, refused):
    clerk = narrowed(scope=["tokens"])

    answer = clerk.post("tokens", {"name": "x", **grant})

    assert answer.status_code == (400 if refused else 201), answer.content
    assert not refused or "role" in answer.json()["error"]["fields"]


def test_a_longer_life_is_not_given_to_a_token_that_may_more(alice):
    alice.make("tokens", id="strong", name="s", role="admin")

    refusal(narrowed(scope=["tokens"]).patch("tokens/strong", {"expires_at": None}), 403)


def test_a_scope_narrows_reading_and_writing(alice):
    clerk = narrowed(scope=["teams"])

    assert clerk.get("teams").status_code == 200
    refusal(clerk.get("customers"), 403)
    refusal(clerk.get("usage"), 403)
    refusal(clerk.post("customers", {"id": "x"}), 403)
    alice.make("customers", id="acme")
    assert clerk.get("audit-log").status_code == 403


def test_a_scope_narrows_the_audit_log(alice):
    alice.make("customers", id="acme")
    alice.make("teams", id="lab", customer="acme")

    seen = narrowed("auditor", scope=["audit-log", "teams"]).get("audit-log").json()["results"]

    assert {event["resource"] for event in seen} == {"teams"}


def test_a_read_only_token_changes_nothing(alice):
    reader = narrowed(is_read_only=True)

    assert reader.get("customers").status_code == 200
    for path in ("customers", "apply", "tokens", "virtual-keys/batch"):
        assert reader.post(path, {}).status_code == 403, path


def test_the_command_narrows_and_binds(capsys):
    from django.core.management import call_command

    builders.team("lab", customer_id="acme")
    call_command("create_token", "T", role="engineer", team="lab", scope=["virtual-keys"])

    token = ApiToken.objects.get()
    assert (token.customer_id, token.team_id, token.scope) == ("acme", "lab", ["virtual-keys"])
    assert Caller(capsys.readouterr().out.strip()).get("virtual-keys").status_code == 200
