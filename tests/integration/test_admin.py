"""The admin: what it shows to whom, and that it writes through the services."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment

from controlplane.accounts import services as accounts
from controlplane.accounts.models import ApiToken, Customer, Member
from controlplane.budgets.models import Budget
from controlplane.budgets.services import create_budget
from controlplane.catalog.models import Model, Price, Provider
from controlplane.catalog.services import create_model, create_provider
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import issue_key
from controlplane.sealing import sealing_keys
from dataplane.contract.virtual_keys import hash_secret
from tests import builders

CREDENTIAL = "sk-credential-that-nobody-sees"
SECRET_FIELD = re.compile(r'id="secret"[^>]*value="([^"]+)"')
AS_USUAL = {"cache_mode": "off", "stream_failure": "error", "retry_storm": "pass"}
LISTS = (
    *("accounts/customer", "accounts/team", "accounts/member", "accounts/apitoken"),
    *("keys/virtualkey", "budgets/budget", "budgets/balance", "budgets/allowance"),
    *("budgets/ledgerentry", "usage/bookedrequest", "catalog/provider", "catalog/model"),
    *("catalog/listing", "catalog/price", "alerts/alert"),
)
EDITABLE = (
    *("accounts/customer", "accounts/team", "accounts/member", "accounts/apitoken"),
    *("keys/virtualkey", "budgets/budget", "catalog/provider", "catalog/model", "catalog/price"),
)


@pytest.fixture(autouse=True)
def _contexts_of_pages():
    """Lets answers tell the forms they were rendered with."""
    setup_test_environment()
    yield
    teardown_test_environment()


@pytest.fixture(autouse=True)
def _quick(quick_passwords):
    pass


def sign_in(username="root", *, role="admin", customer=None):
    member = Member(username=username, role=role, customer=customer, is_staff=True)
    member.save()
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)
    return client


@pytest.fixture
def acme(database):
    return accounts.create_customer(id="acme")


@pytest.fixture
def root(acme):
    return sign_in()


@pytest.fixture
def house(acme):
    """One of everything, at acme."""
    team = accounts.create_team(id="research", customer=acme)
    key = issue_key(id="vk", customer=acme, team=team).key
    balance = builders.balance(create_budget(id="b", owner=key, limit_usd=Decimal(100)))
    entry = {"at": datetime.now(UTC), "amount_usd": 1, "reason": "r", "actor": "a"}
    builders.insert("budgets_ledgerentry", {"balance_id": balance, **entry}, returning="id")
    create_provider(id="openai", kind="openai", credential={"api_key": CREDENTIAL})
    create_model(provider=Provider.objects.get(), upstream_model="m", aliases=["best"])
    builders.usage_record(request_id="req_acme")
    accounts.issue_token(id="acmes", name="acmes", role="auditor", customer=acme)


def form_of(page):
    """What the page's form would send if nothing was typed."""
    form = page.context["adminform"].form
    values = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in values.items() if value not in (None, False, [])}


def errors_of(page):
    assert page.status_code == 200
    return page.context["adminform"].form.errors


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_shown_and_searched(root, house, path):
    assert root.get(f"/admin/{path}/").status_code == 200
    assert root.get(f"/admin/{path}/?q=acme").status_code == 200


@pytest.mark.parametrize("path", EDITABLE)
def test_every_form_is_shown(root, house, path):
    assert root.get(f"/admin/{path}/add/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "accounts/customer/acme",
        "accounts/team/research",
        "keys/virtualkey/vk",
        "budgets/budget/b",
        "budgets/balance/1",
        "budgets/ledgerentry/1",
        "catalog/provider/openai",
        "catalog/model/openai_2Fm",
        "usage/bookedrequest/req_acme",
    ],
)
def test_every_row_is_shown(root, house, path):
    assert root.get(f"/admin/{path}/change/").status_code == 200


def test_a_new_key_shows_its_secret_once_and_keeps_it_nowhere(root):
    page = root.post(
        "/admin/keys/virtualkey/add/",
        {"customer": "acme", **AS_USUAL},
    )

    secret = SECRET_FIELD.search(page.content.decode())[1]
    assert VirtualKeySecret.objects.get().secret_hash == hash_secret(secret)
    assert "no-store" in page.headers["Cache-Control"]
    again = root.get(f"/admin/keys/virtualkey/{VirtualKey.objects.get().pk}/change/")
    assert secret not in again.content.decode()
    assert secret not in str([session.get_decoded() for session in Session.objects.all()])


def test_a_key_is_typed_line_by_line(root):
    typed = {
        "id": "vk",
        "customer": "acme",
        "cache_mode": "off",
        "stream_failure": "error",
        "retry_storm": "pass",
        "allowed_models": "openai/gpt-4o\r\n\r\nclaude-*",
        "fallbacks": "bedrock/anthropic.claude",
        "is_active": "on",
    }

    root.post("/admin/keys/virtualkey/add/", typed)

    key = VirtualKey.objects.get()
    assert key.allowed_models == ["openai/gpt-4o", "claude-*"]
    assert key.fallbacks == [{"provider": "bedrock", "model": "anthropic.claude"}]


def test_what_a_service_refuses_is_shown_at_the_field(root):
    wrong = {
        "customer": "acme",
        "cache_mode": "off",
        "stream_failure": "error",
        "retry_storm": "pass",
        "secret": "short",
        "fallbacks": "nothing",
    }

    errors = errors_of(root.post("/admin/keys/virtualkey/add/", wrong))
    taken = errors_of(root.post("/admin/keys/virtualkey/add/", {**wrong, "fallbacks": ""}))

    assert set(errors) == {"fallbacks"}
    assert set(taken) == {"secret"}
    assert not VirtualKey.objects.exists()


def test_rotation_asks_first_and_shows_the_new_secret_once(root, house):
    asked = root.get("/admin/keys/virtualkey/vk/rotate/")
    done = root.post("/admin/keys/virtualkey/vk/rotate/", {"grace_hours": "0"})

    secret = SECRET_FIELD.search(done.content.decode())[1]
    assert b"Grace hours" in asked.content
    live = VirtualKeySecret.objects.get(revoked_at=None)
    assert live.secret_hash == hash_secret(secret)


def test_revocation_asks_first(root, house):
    root.get("/admin/keys/virtualkey/vk/revoke/")
    assert VirtualKey.objects.get().is_active

    root.post("/admin/keys/virtualkey/vk/revoke/")
    assert not VirtualKey.objects.get().is_active


def test_a_used_key_is_not_deleted_and_the_page_says_why(root, acme):
    issue_key(id="vk", customer=acme)
    builders.usage_record(virtual_key_id="vk")

    page = root.post("/admin/keys/virtualkey/vk/delete/", {"post": "yes"}, follow=True)

    assert "has been used" in page.content.decode()
    assert VirtualKey.objects.exists()


def test_a_credential_is_typed_sealed_and_never_shown(root):
    page = root.post(
        "/admin/catalog/provider/add/",
        {"id": "openai", "kind": "openai", "credential": CREDENTIAL, "is_active": "on"},
        follow=True,
    )
    change = root.get("/admin/catalog/provider/openai/change/")

    provider = Provider.objects.get()
    assert sealing_keys().open(bytes(provider.credential_sealed), "openai") == {
        "api_key": CREDENTIAL
    }
    for shown in (page, change, root.get("/admin/catalog/provider/openai/history/")):
        assert CREDENTIAL not in shown.content.decode()


def test_a_refused_provider_form_does_not_give_the_credential_back(root):
    wrong = {"kind": "openai", "credential": CREDENTIAL, "base_url": "nowhere"}

    page = root.post("/admin/catalog/provider/add/", wrong)

    assert "base_url" in errors_of(page)
    assert CREDENTIAL not in page.content.decode()


def test_a_credential_stays_until_it_is_replaced_or_removed(root, house):
    url = "/admin/catalog/provider/openai/change/"
    form = form_of(root.get(url))

    root.post(url, {**form, "name": "OpenAI"})
    kept = Provider.objects.get()
    root.post(url, {**form, "without_credential": "on"})

    assert (kept.name, kept.credential_sealed is None) == ("OpenAI", False)
    assert Provider.objects.get().credential_sealed is None


def test_a_model_is_changed_with_its_aliases(root, house):
    url = "/admin/catalog/model/openai_2Fm/change/"

    root.post(url, {**form_of(root.get(url)), "aliases": "fast 3\nbest"})

    assert Model.objects.get().aliases == ["best", "fast 3"]
    assert errors_of(root.post(url, {**form_of(root.get(url)), "aliases": "fast 3 4"}))
    root.post(url, {**form_of(root.get(url)), "name": "unchanged aliases"})
    assert Model.objects.get().aliases == ["best", "fast 3"]


def test_a_budget_has_one_owner_and_the_customers_zone(root, acme):
    accounts.update_customer(acme, timezone="Europe/Berlin")
    form = form_of(root.get("/admin/budgets/budget/add/"))
    form = {**form, "limit_usd": "12.5", "alert_thresholds": "50, 99.5"}

    assert errors_of(root.post("/admin/budgets/budget/add/", form))["__all__"]
    root.post("/admin/budgets/budget/add/", {**form, "customer": "acme"})

    budget = Budget.objects.get()
    assert (budget.owner_type, budget.timezone) == ("customer", "Europe/Berlin")
    assert (budget.limit_usd, budget.alert_thresholds) == (Decimal("12.5"), [50, 99.5])


def test_a_price_is_added_and_then_stays(root, house):
    form = {**form_of(root.get("/admin/catalog/price/add/")), "model": "openai/m"}
    root.post("/admin/catalog/price/add/", {**form, "input_usd_per_mtok": "2.5"})
    price = Price.objects.get()

    url = f"/admin/catalog/price/{price.pk.replace('/', '_2F').replace('@', '_40')}/change/"
    page = root.get(url)
    date, time = price.valid_from.isoformat().removesuffix("+00:00").split("T")
    unchanged = {**form_of(page), "valid_from_0": date, "valid_from_1": time}
    refused = root.post(url, {**unchanged, "input_usd_per_mtok": "3"})

    assert price.input_usd_per_mtok == Decimal("2.5")
    assert "input_usd_per_mtok" in errors_of(refused)


@pytest.mark.parametrize("path", ["budgets/balance/1", "usage/bookedrequest/req_acme"])
def test_the_books_are_read_only(root, house, path):
    app = path.rpartition("/")[0]

    refused = [root.get(f"/admin/{app}/add/"), root.post(f"/admin/{path}/delete/")]
    refused.append(root.post(f"/admin/{path}/change/", {"spent_usd": "0"}))

    assert [page.status_code for page in refused] == [403, 403, 403]


def test_roles_hold_in_the_admin_as_in_the_api(house):
    finance = sign_in("frank", role="finance")

    assert finance.get("/admin/budgets/budget/add/").status_code == 200
    assert finance.get("/admin/keys/virtualkey/vk/change/").status_code == 200
    for path in ("keys/virtualkey/add", "keys/virtualkey/vk/rotate", "accounts/apitoken"):
        assert finance.get(f"/admin/{path}/").status_code == 403, path


@pytest.mark.parametrize("path", [*LISTS, "autocomplete"])
def test_a_rival_sees_nothing_of_acmes(house, path):
    mallory = sign_in("mallory", customer=accounts.create_customer(id="rival"))
    field = {"app_label": "keys", "model_name": "virtualkey", "field_name": "customer"}

    page = mallory.get(f"/admin/{path}/", field if path == "autocomplete" else {})

    assert page.status_code == 200
    shown = page.content.decode()
    assert not [name for name in ("acme", "research", "req_acme") if name in shown]


def test_a_rival_changes_nothing_of_acmes(house):
    mallory = sign_in("mallory", customer=accounts.create_customer(id="rival"))
    page = mallory.get("/admin/keys/virtualkey/vk/change/", follow=True)
    created = mallory.post(
        "/admin/keys/virtualkey/add/",
        {"customer": "acme", **AS_USUAL},
    )

    assert "doesn’t exist" in page.content.decode()
    assert mallory.post("/admin/keys/virtualkey/vk/revoke/").status_code == 404
    assert "customer" in errors_of(created)
    assert VirtualKey.objects.get().is_active


def test_whoever_is_bound_admits_nobody_beyond_the_own_customer(house):
    rival = accounts.create_customer(id="rival")
    mallory = sign_in("mallory", customer=rival)
    person = {"username": "eve", "password1": "a long password", "password2": "a long password"}

    refused = mallory.post("/admin/accounts/member/add/", {**person, "role": "admin"})
    token = mallory.post("/admin/accounts/apitoken/add/", {"name": "x", "role": "admin"})
    mallory.post("/admin/accounts/member/add/", {**person, "role": "admin", "customer": "rival"})

    assert "customer" in errors_of(refused)
    assert "customer" in errors_of(token)
    assert Member.objects.get(username="eve").customer == rival
    assert not ApiToken.objects.filter(name="x").exists()


def test_a_member_who_is_no_staff_does_not_enter(acme):
    client = sign_in()
    Member.objects.update(is_staff=False)

    assert client.get("/admin/").status_code == 302


def test_a_text_that_cannot_be_stored_is_refused(root):
    form = {"id": "x", "currency": "USD", "timezone": "UTC", "metadata": '{"a": "\\u0000"}'}

    assert "metadata" in errors_of(root.post("/admin/accounts/customer/add/", form))
    assert Customer.objects.count() == 1
