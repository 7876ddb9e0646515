"""Signing in by an identity provider: who gets in, as what, and who does not."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import override_settings

from controlplane.accounts import members
from controlplane.accounts.models import Customer, Member, Team
from controlplane.accounts.sign_in.configuration import ClaimGrant, OidcSettings
from tests.fakes.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    another_key,
)
from tests.pages import browser, make_member, sign_in

pytestmark = pytest.mark.usefixtures("database", "quick_passwords")

LINK = re.compile(r'class="button full" href="(http[^"]+)"')
START = "/account/single-sign-on/"


@pytest.fixture(scope="module")
def _provider() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(_provider):
    _provider.reset()
    with installed(settings_of(_provider)):
        yield _provider


def settings_of(provider, **more) -> OidcSettings:
    plain = OidcSettings(
        name="Acme ID",
        issuer_url=provider.url,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        email_domains=(),
        role_claim="groups",
        grants=(),
        default_role=None,
    )
    return replace(plain, **more)


def installed(oidc: OidcSettings):
    return override_settings(OIDC=oidc, SOCIALACCOUNT_PROVIDERS=oidc.as_provider())


def come(client=None, query="process=login"):
    """The last page of a round by the provider."""
    client = client or browser()
    page = client.post(f"{START}?{query}")
    link = LINK.search(page.content.decode())
    if link is None:
        return page
    back = urlsplit(httpx.get(unescape(link[1])).headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def is_in(page) -> bool:
    return page.status_code == 302 and page.headers["Location"] == "/"


GRANTS = (
    ClaimGrant("ops", "admin"),
    ClaimGrant("acme-money", "finance", "acme"),
    ClaimGrant("acme-lab", "engineer", "acme", "lab"),
)


@pytest.fixture
def mapped(provider):
    Customer.objects.create(id="acme")
    Team.objects.create(id="lab", customer_id="acme")
    with installed(settings_of(provider, grants=GRANTS)):
        yield provider


def test_whoever_is_new_waits_for_an_administrator(provider):
    page = come()

    assert page.headers["Location"] == "/account/inactive/"
    member = Member.objects.get()
    assert (member.is_active, member.email) == (False, "anna@acme.example")

    members.update_member(member, role="finance", is_active=True)
    assert is_in(come())


def test_a_default_role_lets_everybody_in(provider):
    with installed(settings_of(provider, default_role="auditor")):
        assert is_in(come())

    assert Member.objects.get().role == "auditor"


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (["acme-money", "ops"], ("admin", None, None)),
        ("acme-money", ("finance", "acme", None)),
        (["other", "acme-lab"], ("engineer", "acme", "lab")),
    ],
)
def test_a_claim_becomes_a_role_with_its_binding(mapped, groups, expected):
    mapped.claims["groups"] = groups

    assert is_in(come())
    member = Member.objects.get()
    assert (member.role, member.customer_id, member.team_id) == expected


def test_a_role_follows_the_claims_and_goes_with_them(mapped):
    mapped.claims["groups"] = ["ops"]
    client = browser()
    come(client)

    mapped.claims["groups"] = ["acme-money"]
    come()
    assert Member.objects.get().role == "finance"

    mapped.claims["groups"] = []
    assert come().headers["Location"] == "/account/inactive/"
    assert client.get("/account/").status_code == 302, "the session before goes, too"

    mapped.claims["groups"] = ["acme-lab"]
    assert is_in(come())


def test_what_an_administrator_decided_stays(mapped):
    mapped.claims["groups"] = ["ops"]
    come()
    make_member("root", role="admin")

    members.update_member(Member.objects.get(email="anna@acme.example"), is_active=False)

    assert come().headers["Location"] == "/account/inactive/"


def test_a_grant_at_a_customer_that_does_not_exist_grants_nothing(mapped):
    with installed(settings_of(mapped, grants=(ClaimGrant("x", "admin", "nobody"),))):
        mapped.claims["groups"] = ["x"]
        come()

    assert not Member.objects.get().is_active


@pytest.mark.parametrize("verified", [True, False, "true", None])
def test_an_email_never_leads_to_a_member_who_exists(provider, verified):
    make_member("anna", email="anna@acme.example", role="admin")
    provider.claims |= {"email_verified": verified, "preferred_username": "anna"}

    with installed(settings_of(provider, default_role="auditor")):
        come()

    newcomer = SocialAccount.objects.get().user
    assert newcomer.username != "anna"
    assert newcomer.role == "auditor"


@pytest.mark.parametrize(
    ("claims", "gets_in"),
    [
        ({"email": "anna@acme.example", "email_verified": True}, True),
        ({"email": "anna@acme.example", "email_verified": False}, False),
        ({"email": "anna@acme.example"}, False),
        ({"email": "anna@evil.example", "email_verified": True}, False),
        ({"email": "anna@acme.example.evil", "email_verified": True}, False),
        ({"email": ["anna@acme.example"], "email_verified": True}, False),
    ],
)
def test_only_verified_addresses_of_the_allowed_domains_get_in(provider, claims, gets_in):
    provider.claims = {"sub": "s-1", **claims}
    more = {"email_domains": ("acme.example",), "default_role": "auditor"}

    with installed(settings_of(provider, **more)):
        assert is_in(come()) == gets_in

    assert Member.objects.exists() == gets_in


def hs256(provider):
    return {"signed": ("a secret of the client that is long enough", "HS256")}


WRONG = {
    "another issuer": lambda p: {"issuer": "https://evil.example"},
    "an id token of another issuer": lambda p: {"claims": {"iss": "https://evil.example"}},
    "for another client": lambda p: {"claims": {"aud": "others"}},
    "expired": lambda p: {"claims": {"exp": 1}},
    "no subject": lambda p: {"claims": {"sub": ""}},
    "a number as subject": lambda p: {"claims": {"sub": 7}},
    "another key": lambda p: {"signed": (another_key(), "RS256")},
    "an unknown key": lambda p: {"kid": "key-2"},
    "unsigned": lambda p: {"signed": (None, "none")},
    "signed with a shared secret": hs256,
    "no id token": lambda p: {"token": {"id_token": None}},
    "a torn id token": lambda p: {"token": {"id_token": "a.b.c"}},
    "the user info of somebody else": lambda p: {"user_info": {"sub": "s-2"}},
}


@pytest.mark.parametrize("how", WRONG)
def test_a_provider_that_answers_wrongly_lets_nobody_in(provider, how):
    with installed(settings_of(provider, default_role="admin")):
        provider.wrong = WRONG[how](provider)
        page = come()

    assert b"That did not work" in page.content
    assert not Member.objects.exists()


def test_a_provider_that_is_not_there_is_said_to_be_none_of_ours(provider):
    with installed(settings_of(provider, issuer_url="http://127.0.0.1:1")):
        assert b"That did not work" in come().content


def test_a_code_of_another_browser_is_refused(provider):
    client = browser()
    link = LINK.search(client.post(f"{START}?process=login").content.decode())
    back = urlsplit(httpx.get(unescape(link[1])).headers["Location"])

    page = browser().get(f"{back.path}?{back.query}")

    assert b"That did not work" in page.content
    assert not Member.objects.exists()


def test_without_a_provider_there_is_no_such_page(database):
    assert browser().post(START).status_code == 404
    assert b"Continue with" not in browser().get("/account/login/").content


def test_a_member_connects_an_account_and_signs_in_with_it(provider):
    make_member("anna", role="admin")
    client = browser()
    sign_in(client, "anna")

    come(client, "process=connect")

    assert SocialAccount.objects.get().user.username == "anna"
    assert is_in(come())
    assert Member.objects.count() == 1


def test_the_pages_may_lead_to_the_provider_under_the_strict_policy(provider):
    page = browser().post(f"{START}?process=login")

    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert b'http-equiv="refresh"' in page.content
