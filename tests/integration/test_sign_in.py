"""Signing in at the pages: password, lock-out, and the end of sessions."""

import re

import pytest
from django.test import Client, override_settings

from controlplane.accounts import members
from controlplane.accounts.models import Member
from tests.pages import PASSWORD, browser, field_errors, make_member, sign_in

pytestmark = pytest.mark.usefixtures("database", "quick_passwords")

LOGIN = "/account/login/"


def test_a_page_leads_to_sign_in_and_back():
    make_member("anna", role="admin", is_staff=True)
    client = browser()

    asked = client.get("/admin/", follow=True)
    done = sign_in(client, "anna", page=asked.redirect_chain[-1][0])

    assert asked.redirect_chain[-1][0].startswith(LOGIN)
    assert done.headers["Location"].startswith("/admin/")
    assert client.get("/admin/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_read_the_same():
    make_member("anna")

    wrong = sign_in(browser(), "anna", password="no, not this one")
    unknown = sign_in(browser(), "nobody", password="no, not this one")

    assert field_errors(wrong) == field_errors(unknown) != []


def test_five_wrong_passwords_lock_the_account_for_everybody_and_the_right_one_too():
    make_member("anna")
    for _ in range(5):
        sign_in(browser(), "anna", password="wrong")

    locked = sign_in(browser("10.0.0.2"), "anna")

    assert "Too many attempts" in field_errors(locked)[0]
    make_member("berta")
    assert sign_in(browser("10.0.0.2"), "berta").status_code == 302


def test_the_lock_does_not_depend_on_how_the_name_is_written_or_the_host_called():
    make_member("anna")
    names = ("anna", "Anna", "ANNA", " anna ", "aNNa")
    for name in names:
        sign_in(browser(host=f"localhost:{8000 + len(name)}"), name, password="wrong")

    locked = sign_in(browser(host="127.0.0.1:1"), "anna")

    assert "Too many attempts" in field_errors(locked)[0]


def test_an_address_that_tries_many_names_is_locked():
    make_member("anna")
    for number in range(20):
        sign_in(browser("10.0.0.9"), f"name{number}", password="wrong")

    assert "Too many attempts" in field_errors(sign_in(browser("10.0.0.9"), "anna"))[0]
    assert sign_in(browser("10.0.0.1"), "anna").status_code == 302


def test_the_admins_own_form_is_no_second_door():
    make_member("anna", role="admin", is_staff=True)
    client = browser()

    page = client.post("/admin/login/", {"username": "anna", "password": PASSWORD})

    assert page.headers["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_sign_in_leads_to_no_other_site(where):
    make_member("anna")

    done = sign_in(browser(), "anna", page=f"{LOGIN}?next={where}", next=where)

    assert done.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "confirm-email/"])
def test_what_nobody_needs_is_not_there(path):
    assert browser().get(f"/account/{path}").status_code == 404


def ended(client: Client) -> bool:
    return client.get("/account/").status_code == 302


@pytest.fixture
def anna():
    return make_member("anna")


@pytest.fixture
def session(anna):
    client = browser()
    sign_in(client, "anna")
    assert not ended(client)
    return client


def test_a_deactivated_members_sessions_end_for_good(session, anna):
    make_member("root", role="admin")
    members.update_member(anna, is_active=False)
    assert ended(session)

    members.update_member(anna, is_active=True)
    assert ended(session)


def test_a_deleted_members_sessions_end(session, anna):
    members.delete_member(anna)

    assert ended(session)


def test_another_password_ends_the_other_sessions_and_keeps_this_one(session):
    other = browser()
    sign_in(other, "anna")
    new = "a wholly new passphrase"

    session.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert ended(other)
    assert not ended(session)
    assert sign_in(browser(), "anna", password=new).status_code == 302


def test_a_session_ends_when_it_is_idle(session):
    with override_settings(SESSION_IDLE_SECONDS_MAX=-1):
        assert ended(session)
    assert ended(session)


def test_a_session_ends_however_busy_it_is(session):
    stored = session.session
    stored["signed_in_at"] -= 8 * 24 * 3600
    stored.save()

    assert ended(session)


def test_signing_out_needs_a_post_and_ends_the_session(session):
    session.get("/account/logout/")
    assert not ended(session)

    session.post("/account/logout/")
    assert ended(session)


def test_an_invitation_sets_a_password_once():
    member = members.create_member(username="carla")
    path = members.invite_member(member).path
    client = browser()

    form = client.get(path, follow=True)
    assert path not in form.redirect_chain[-1][0]
    new = {"password1": PASSWORD, "password2": PASSWORD}
    done = client.post(form.redirect_chain[-1][0], new, follow=True)

    assert b"Your password is set" in done.content
    assert sign_in(browser(), "carla").status_code == 302
    assert b"does not work any more" in browser().get(path, follow=True).content


def test_a_weak_password_is_refused_and_says_why():
    path = members.invite_member(members.create_member(username="carla")).path
    client = browser()
    form = client.get(path, follow=True).redirect_chain[-1][0]

    page = client.post(form, {"password1": "password", "password2": "password"})

    assert b"too short" in page.content
    assert not Member.objects.get().has_usable_password()


@pytest.mark.parametrize("path", ["0-x", "zz-cafe-00000", "9" * 13 + "-abc"])
def test_a_made_up_invitation_is_answered_like_a_used_one(path):
    page = browser().get(f"/account/invitation/{path}/")

    assert b"does not work any more" in page.content


def test_the_pages_hold_nothing_that_a_strict_policy_forbids(session):
    pages = [LOGIN, "/account/inactive/", "/account/invitation/done/"]
    shown = [browser().get(path) for path in pages]
    shown += [session.get(f"/account/{path}") for path in ("", "logout/", "password/change/")]

    for page in shown:
        text = page.content.decode()
        assert page.status_code == 200
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text), text
