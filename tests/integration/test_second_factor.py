"""Second factors: an app's codes, recovery codes, and roles that must have one."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import override_settings

from controlplane.accounts import members
from controlplane.accounts.models import Member
from tests.pages import PASSWORD, browser, field_errors, make_member, sign_in

pytestmark = pytest.mark.usefixtures("database", "quick_passwords")

SECRET = re.compile(r'class="code">([A-Z2-7]{32})<')
CODES = re.compile(r"<li>(\d{8})</li>")
ACTIVATE = "/account/second-factor/app/activate/"
DEACTIVATE = "/account/second-factor/app/deactivate/"
ASKED = "/account/second-factor/"


def code_of(secret, *, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def confirm(client):
    client.post("/account/reauthenticate/", {"password": PASSWORD})


@pytest.fixture
def anna():
    """Who has an app: her browser, its secret, and her recovery codes."""
    make_member("anna", role="admin")
    client = browser()
    sign_in(client, "anna")
    confirm(client)
    secret = SECRET.search(client.get(ACTIVATE).content.decode())[1]
    page = client.post(ACTIVATE, {"code": code_of(secret, steps=-1)}, follow=True)
    return client, secret, CODES.findall(page.content.decode())


def test_the_code_of_the_app_is_asked_for_after_the_password(anna):
    client, secret = browser(), anna[1]

    page = sign_in(client, "anna")
    assert page.headers["Location"] == ASKED
    assert client.get("/account/").status_code == 302, "not in yet"

    done = client.post(ASKED, {"code": code_of(secret)})
    assert done.headers["Location"] == "/"
    assert client.get("/account/").status_code == 200


def test_a_code_works_once(anna):
    code = code_of(anna[1])
    for client, expected in ((browser(), 302), (browser(), 200)):
        sign_in(client, "anna")
        assert client.post(ASKED, {"code": code}).status_code == expected


def test_a_recovery_code_works_once(anna):
    assert len(anna[2]) == 10
    for client, expected in ((browser(), 302), (browser(), 200)):
        sign_in(client, "anna")
        assert client.post(ASKED, {"code": anna[2][0]}).status_code == expected


def test_codes_are_not_guessed(anna):
    for number in range(5):
        client = browser()
        sign_in(client, "anna")
        client.post(ASKED, {"code": f"{number:06}"})

    client = browser()
    sign_in(client, "anna")
    assert "Too many" in field_errors(client.post(ASKED, {"code": code_of(anna[1])}))[0]


def test_secrets_are_sealed_in_the_database(anna):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert anna[1] not in stored


def test_setting_one_up_asks_for_the_password_again():
    make_member("anna")
    client = browser()
    sign_in(client, "anna")

    assert client.get(ACTIVATE).headers["Location"].startswith("/account/reauthenticate/")


def test_it_is_turned_off_by_its_owner(anna):
    anna[0].post(DEACTIVATE)

    assert not Authenticator.objects.exists()


def test_an_administrator_resets_it_and_the_sessions_end(anna):
    members.reset_second_factor(Member.objects.get())

    assert anna[0].get("/account/").status_code == 302
    assert sign_in(browser(), "anna").headers["Location"] == "/"


@pytest.fixture
def required():
    with override_settings(SECOND_FACTOR_ROLES=frozenset({"admin"})):
        yield


def test_whoever_must_have_one_gets_no_further_without(required):
    make_member("anna", role="admin", is_staff=True)
    client = browser()
    sign_in(client, "anna")

    for path in ("/", "/admin/", "/admin/accounts/member/"):
        assert client.get(path).headers["Location"] == ACTIVATE, path
    answer = client.get("/api/v1/customers")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second_factor_required")


def test_whoever_must_have_one_and_does_goes_on(anna, required):
    assert anna[0].get("/").status_code == 200
    assert anna[0].get("/api/v1/customers").status_code == 200


def test_whoever_must_have_one_does_not_turn_it_off(anna, required):
    page = anna[0].post(DEACTIVATE)

    assert page.status_code == 200
    assert Authenticator.objects.exists()


def test_other_roles_need_none(required):
    make_member("otto", role="auditor")
    client = browser()
    sign_in(client, "otto")

    assert client.get("/").status_code == 200


def test_a_token_does_not_need_what_people_need(required, alice):
    assert alice.get("customers").status_code == 200
