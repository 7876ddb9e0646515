"""Keys: who may do what to them, that a secret is shown once, and what their pages say."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import issue_key
from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

SECRET = re.compile(r'id="secret"[^>]* value="(sk-[^"]+)"')
CHOSEN = {"cache_mode": "off", "stream_failure": "error", "retry_storm": "pass"}
NEWEST = re.compile(r'name="newest" value="([^"]*)"')


@pytest.fixture
def key():
    return issue_key(customer=builders.customer("acme"), id="vk-1", name="Chat").key


def rotate(client, **more):
    form = text_of(client.get("/keys/vk-1/?act=rotate"))
    given = {"act": "rotate", "newest": NEWEST.findall(form)[0], "grace_seconds": "3600"}
    return client.post("/keys/vk-1/", {**given, **more})


def test_a_new_key_shows_its_secret_once(sign_in):
    builders.customer("acme")
    client = sign_in("engineer")
    given = {"act": "new", "id": "vk-new", "customer": "acme", "cache_mode": "off"}
    given["stream_failure"], given["retry_storm"] = "error", "pass"

    answer = client.post("/keys/", given)
    again = client.post("/keys/", given)

    assert SECRET.search(text_of(answer))
    assert answer["Cache-Control"] == "no-store"
    assert again.status_code == 422
    assert "sk-pur-" not in again.content.decode()
    assert "sk-pur-" not in text_of(client.get("/keys/vk-new/"))
    assert VirtualKeySecret.objects.count() == 1


def test_rotating_says_until_when_the_old_secret_works(sign_in, key):
    page = text_of(rotate(sign_in("engineer")))

    old = key.secrets.order_by("created_at").first()
    assert SECRET.search(page)
    assert old.expires_at.isoformat()[:19] in page


def test_a_rotation_that_is_sent_again_rotates_nothing(sign_in, key):
    client = sign_in("engineer")
    newest = str(key.secrets.get().pk)
    rotate(client)

    again = client.post("/keys/vk-1/", {"act": "rotate", "newest": newest, "grace_seconds": "3600"})

    assert again.status_code == 400
    assert "shown once" in again.content.decode()
    assert key.secrets.count() == 2


def test_revoking_a_key_in_use_asks_for_its_name(sign_in, key):
    builders.usage_record(at=timezone.now() - timedelta(hours=1))
    client = sign_in("engineer")

    refused = client.post("/keys/vk-1/", {"act": "revoke", "name": "chat?"})
    assert refused.status_code == 422
    assert VirtualKey.objects.get().is_active

    client.post("/keys/vk-1/", {"act": "revoke", "name": "Chat"})
    assert not VirtualKey.objects.get().is_active


@pytest.mark.parametrize("role", ["finance", "auditor"])
@pytest.mark.parametrize("act", ["edit", "rotate", "revoke", "pause", "resume"])
def test_who_may_only_look_changes_no_key(sign_in, key, role, act):
    client = sign_in(role)

    assert client.post("/keys/vk-1/", {"act": act}).status_code == 403
    page = text_of(client.get(f"/keys/vk-1/?act={act}"))
    assert "Keys are made and changed by engineers and administrators." in page
    assert 'name="act"' not in page


def test_what_two_people_change_is_not_lost(sign_in, key):
    client = sign_in("engineer")
    version = VirtualKey.objects.get().updated_at.isoformat()
    caller().patch("virtual-keys/vk-1", {"name": "Theirs"})
    typed = {"act": "edit", "version": version, "name": "Mine", "cache_mode": "off"}
    typed["stream_failure"], typed["retry_storm"] = "error", "pass"

    answer = client.post("/keys/vk-1/", typed)

    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert VirtualKey.objects.get().name == "Theirs"


def test_all_that_a_key_has_is_set_on_its_page_and_said_there(sign_in, key):
    client = sign_in("engineer")
    version = VirtualKey.objects.get().updated_at.isoformat()
    said = {**CHOSEN, "act": "edit", "version": version, "name": "Chat"}
    cache = {"mode": "semantic", "threshold": "0.93", "ttl_seconds": "7200", "namespace": "help"}
    said |= {f"cache_{name}": value for name, value in cache.items()}
    said |= {"metadata": "department: research\nseats: 7", "fallbacks": "openai/gpt-4o"}

    assert client.post("/keys/vk-1/", said).status_code == 302

    page = text_of(client.get("/keys/vk-1/"))
    assert "mean the same (alike from 0.93) are answered from the cache, for 2 hours" in page
    assert "shared within help." in page
    assert VirtualKey.objects.get().metadata == {"department": "research", "seats": 7}
    assert "department: research" in text_of(client.get("/keys/vk-1/?act=edit"))


def test_every_field_of_a_key_by_rest_is_on_its_form(key):
    from controlplane.dashboard.access.key_forms import NewKeyForm

    columns = {field.name for field in VirtualKey._meta.concrete_fields}
    acts = {"is_active", "paused_until"}

    assert columns - acts - {"created_at", "updated_at"} == set(NewKeyForm(viewer=None).fields) - {
        "version"
    }


def test_the_figures_of_a_key_are_those_of_the_api(sign_in, key):
    builders.usage_records([{"at": timezone.now(), "cost_usd": "0.0123"} for _ in range(3)])

    page = text_of(sign_in("finance").get("/keys/"))

    summary = caller().get("usage/summary", group_by="virtual_key", period="this-month").json()
    assert summary["results"][0]["cost_usd"] in [value for value, _ in numbers_in(page)]


def test_a_refusal_says_why_and_what_would_pass(sign_in, key):
    VirtualKey.objects.update(requests_per_minute=60)
    builders.refusal(at=timezone.now(), error_code="requests_per_minute")

    page = text_of(sign_in("finance").get("/keys/vk-1/"))

    assert "More than 60 requests in a minute." in page
    assert "The same, within a minute." in page


def test_a_key_of_others_is_not_there(sign_in, key):
    client = sign_in("admin", "rival")

    assert client.get("/keys/vk-1/").status_code == 404
    assert client.post("/keys/vk-1/", {"act": "revoke"}).status_code == 404
    assert VirtualKey.objects.get().is_active


@pytest.mark.parametrize("path", ["/keys/", "/keys/vk-1/", "/keys/vk-1/?act=revoke"])
def test_pages_of_keys_ask_few_questions(sign_in, key, path):
    for kind, owner in (("virtual_key", "vk-1"), ("customer", "acme")):
        given = {"owner_type": kind, "customer_id": None, f"{kind}_id": owner}
        builders.budget(f"{kind}-budget", **given)
    client = sign_in("engineer", "acme")
    client.get(path)

    with few_queries():
        assert client.get(path).status_code == 200
