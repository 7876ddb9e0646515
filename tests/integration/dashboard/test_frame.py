"""What every page has in common: who may see it, its policy, its frame, and how it refuses."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern

from controlplane.dashboard.urls import urlpatterns
from tests import builders

pytestmark = pytest.mark.usefixtures("database")

ROLES = ("admin", "engineer", "finance", "auditor")
OF_THE_INSTALLATION = {"/jobs/", "/reconciliation/"}
HOSTILE = "<script>alert(1)</script>"
PAGES = [
    f"/{each.pattern}"
    for each in urlpatterns
    if isinstance(each, URLPattern) and "<" not in str(each.pattern) and each.name != "preferences"
]


TEMPLATES = Path(settings.BASE_DIR, "templates")


def templates_with(forbidden: str, *folders: str) -> list[str]:
    found = [path for folder in folders for path in (TEMPLATES / folder).rglob("*.html")]
    return [path.name for path in found if re.search(forbidden, path.read_text())]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_without_signing_in(path):
    answer = Client(SERVER_NAME="localhost").get(path)

    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?next={path}")


def test_a_part_of_a_page_is_told_that_the_session_is_over():
    answer = Client(SERVER_NAME="localhost").get("/", headers={"HX-Request": "true"})

    assert answer.status_code == 401


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("customer_id", [None, "acme"])
def test_every_role_sees_every_page_of_an_empty_installation(sign_in, role, customer_id):
    client = sign_in(role, customer_id)

    for path in PAGES:
        is_hidden = customer_id is not None and path in OF_THE_INSTALLATION
        assert client.get(path).status_code == (404 if is_hidden else 200), path


def test_the_policy_allows_nothing_inline(sign_in):
    policy = sign_in().get("/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_no_page_runs_inline_scripts():
    for path in ["/admin/", "/api/v1/docs", "/api/v1/customers", "/healthz"]:
        answer = Client(SERVER_NAME="localhost").get(path)
        scripts = re.search("script-src ([^;]*)", answer["Content-Security-Policy"])
        assert scripts is not None
        assert "unsafe-inline" not in scripts[1], path


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\sstyle=",
        r"<style",
        r"\son[a-z]+=",
        r"hx-on",
        r"js:",
        r"<script(?![^>]*\ssrc=)",
    ],
)
def test_no_template_holds_what_the_policy_forbids(forbidden):
    assert templates_with(forbidden, "dashboard", "account", "mfa", "socialaccount") == []


def test_no_template_trusts_a_text():
    assert templates_with(r"\|safe|autoescape off", "dashboard") == []


def test_scripts_write_text_and_nothing_else():
    scripts = Path(settings.BASE_DIR, "controlplane/dashboard/static/dashboard/js").rglob("*.js")
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function"

    assert [path.name for path in scripts if re.search(forbidden, path.read_text())] == []


def test_a_hostile_name_is_only_text(sign_in):
    builders.customer("acme", name=HOSTILE)

    page = sign_in().get("/", {"customer": "acme", "metadata." + HOSTILE: HOSTILE}).content.decode()

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_a_bound_member_learns_of_nobody_else(sign_in):
    builders.customer("rival", name="Rival Ltd")
    builders.virtual_key("vk-rival", customer_id="rival", name="Rival key")
    client = sign_in("auditor", "acme")

    for path in [*PAGES, "/?customer=rival", "/search/?q=rival", "/suggestions/?of=virtual_key"]:
        assert "Rival" not in client.get(path).content.decode(), path


@pytest.mark.parametrize(
    "query",
    ["period=never", "from=2026-02-30", "tz=Mars", "status=many", "compare=x", "from=0001-01-01"],
)
def test_an_address_that_cannot_be_read_names_what_is_wrong(sign_in, query):
    answer = sign_in().get(f"/?{query}")

    assert answer.status_code == 400
    assert f"{query.partition('=')[0]}: " in answer.content.decode()


def test_two_days_in_the_wrong_order_are_swapped_and_said_so(sign_in):
    page = sign_in().get("/?from=2026-11-09&to=2026-11-01").content.decode()

    assert "1 – 9 November 2026" in page
    assert "they are swapped" in page


def test_a_filter_of_the_form_becomes_one_of_the_address(sign_in):
    answer = sign_in().get("/?period=7d&add=customer&value=acme")

    assert answer["Location"] == "/?period=7d&customer=acme"


def test_a_deleted_customer_stays_as_a_chip(sign_in):
    assert "old_co (deleted)" in sign_in().get("/?customer=old_co").content.decode()


def test_the_span_is_in_the_time_zone_of_the_customer(sign_in):
    builders.customer("acme", timezone="Asia/Tokyo")

    client = sign_in()

    assert "days in Asia/Tokyo" in client.get("/?customer=acme").content.decode()
    assert "days in UTC" in client.get("/").content.decode()


def test_a_theme_is_chosen_once_and_leads_back(sign_in):
    client = sign_in()

    answer = client.post("/preferences/", {"theme": "dark", "next": "/?period=7d"})

    assert answer["Location"] == "/?period=7d"
    assert 'data-theme="dark"' in client.get("/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "javascript:x", ""])
def test_a_choice_leads_nowhere_else(sign_in, target):
    assert sign_in().post("/preferences/", {"next": target})["Location"] == "/"


def test_search_finds_by_id_and_name_and_opens_a_single_match(sign_in):
    builders.customer("acme", name="Acme Corp")
    builders.virtual_key("vk-acme")
    client = sign_in()

    assert "Acme Corp" in client.get("/search/?q=corp").content.decode()
    assert client.get("/search/?q=vk-acme").status_code == 302
    assert "Nothing is called" in client.get("/search/?q=nobody%00").content.decode()


def test_what_is_typed_is_completed_from_what_there_is(sign_in):
    builders.customer("acme", name="Acme Corp")

    found = sign_in().get("/suggestions/?of=customer&value=ac").content.decode()

    assert '<option value="acme">Acme Corp</option>' in found


def test_what_fails_says_under_which_id_the_log_knows_it(sign_in, monkeypatch):
    from controlplane.dashboard.views import overview

    monkeypatch.setattr(overview, "figures_for", lambda *_: 1 / 0)
    client = sign_in()
    client.raise_request_exception = False

    answer = client.get("/?period=7d")

    assert answer.status_code == 500
    assert re.search("<code>req_[0-9a-f]{16}</code>", answer.content.decode())
    assert 'href="/?period=7d"' in answer.content.decode()


def test_an_unknown_address_leads_back(sign_in):
    answer = sign_in().get("/nowhere/")

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
