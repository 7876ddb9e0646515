"""Customers and teams: who makes and changes them, and whom they are shown to."""

import pytest
from django.utils import timezone

from controlplane.accounts.models import Customer, Team
from controlplane.metadata_rules.models import MetadataRule
from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")


def test_an_administrator_makes_and_changes_customers_and_teams(sign_in):
    client = sign_in("admin")
    new = {"act": "new", "id": "acme", "name": "Acme", "currency": "USD", "timezone": "UTC"}

    assert client.post("/customers/", new)["Location"] == "/customers/acme/"
    team = {"act": "new", "id": "research", "customer": "acme", "name": "Research"}
    assert client.post("/teams/", team)["Location"] == "/teams/research/"

    version = Team.objects.get().updated_at.isoformat()
    client.post("/teams/research/", {"act": "edit", "version": version, "name": "R&D"})
    assert Team.objects.get().name == "R&D"


def test_finance_rules_what_requests_say_in_their_metadata(sign_in):
    builders.customer("acme")
    client = sign_in("finance")
    rule = {"act": "new", "key": "department", "required": "on", "on_violation": "refuse"}
    rule |= {"allowed_values": "research\nsales", "renames": "r: research"}

    assert client.post("/customers/acme/rules/", rule)["Location"] == "/customers/acme/?show=rules"
    assert "r → research" in text_of(client.get("/customers/acme/?show=rules"))

    path = "/customers/acme/rules/?key=department"
    version = MetadataRule.objects.get().updated_at.isoformat()
    client.post(path, {"act": "edit", "version": version, "on_violation": "unallocated"})
    assert not MetadataRule.objects.get().required
    client.post(path, {"act": "remove"})
    assert not MetadataRule.objects.exists()


def test_a_rule_that_cannot_be_or_is_of_others_changes_nothing(sign_in):
    builders.customer("acme")
    rule = {"act": "new", "key": "department", "on_violation": "refuse", "renames": "a: b\nb: c"}

    answer = sign_in("finance").post("/customers/acme/rules/", rule)
    assert answer.status_code == 422
    assert 'id="id_renames_error"' in answer.content.decode()
    assert sign_in("finance", "rival").post("/customers/acme/rules/", rule).status_code == 404
    assert sign_in("engineer").post("/customers/acme/rules/", rule).status_code == 403
    assert not MetadataRule.objects.exists()


def test_a_customer_that_cannot_be_is_said_at_its_field(sign_in):
    new = {"act": "new", "id": "acme", "currency": "USD", "timezone": "Mars"}

    answer = sign_in("admin").post("/customers/", new)

    assert answer.status_code == 422
    assert 'id="id_timezone_error"' in answer.content.decode()
    assert not Customer.objects.exists()


@pytest.mark.parametrize("role", ["engineer", "finance", "auditor"])
def test_who_may_only_look_changes_no_owner(sign_in, role):
    builders.team("research", customer_id="acme")
    client = sign_in(role)

    for path in ("/customers/", "/customers/acme/", "/teams/", "/teams/research/"):
        assert client.post(path, {"act": "edit"}).status_code == 403, path
        page = text_of(client.get(f"{path}?act=edit"))
        assert "made and changed by administrators" in page, path
        assert 'name="act"' not in page, path


def test_members_are_shown_to_administrators_alone(sign_in):
    builders.customer("acme")

    for role, sees in (("admin", True), ("auditor", False)):
        page = text_of(sign_in(role, "acme").get("/customers/acme/?show=members"))
        assert (f"{role}-acme</th>" in page) == sees
        assert (">Members</a>" in page) == sees


def test_who_is_bound_sees_their_customer_and_no_other(sign_in):
    builders.customer("rival", name="Rival Ltd")
    builders.team("rivals", customer_id="rival", name="Rival team")
    client = sign_in("finance", "acme")

    for path in ("/customers/", "/teams/", "/customers/acme/"):
        assert "Rival" not in text_of(client.get(path))
    assert client.get("/customers/rival/").status_code == 404
    assert client.get("/teams/rivals/").status_code == 404


def test_the_figures_of_owners_are_those_of_the_api(sign_in):
    builders.team("research", customer_id="acme")
    given = {"at": timezone.now(), "team_id": "research", "cost_usd": "1.234567"}
    builders.usage_records([given, given])
    client = sign_in("finance")

    for what in ("customer", "team"):
        query = {"group_by": what, "period": "this-month"}
        told = caller().get("usage/summary", **query).json()["results"][0]["cost_usd"]
        values = [value for value, _ in numbers_in(text_of(client.get(f"/{what}s/")))]
        assert told in values, what


@pytest.mark.parametrize("path", ["/customers/", "/customers/acme/", "/teams/", "/teams/research/"])
def test_pages_of_owners_ask_few_questions(sign_in, path):
    builders.team("research", customer_id="acme")
    builders.budget("acme-month")
    client = sign_in("admin", "acme")
    client.get(path)

    with few_queries():
        assert client.get(path).status_code == 200


def test_a_long_list_goes_on_where_it_ended(sign_in):
    for number in range(60):
        builders.customer(f"cus-{number:02}")
    client = sign_in("finance")

    first = text_of(client.get("/customers/"))
    second = text_of(client.get("/customers/?after=cus-49"))
    back = text_of(client.get("/customers/?before=cus-50"))

    assert 'href="/customers/?after=cus-49"' in first
    assert "cus-50" in second
    assert 'href="/customers/cus-49/"' not in second
    assert "cus-00" in back
    assert client.get("/customers/?after=%00").status_code == 400
