"""Alerts and the audit log: who acts on what, and who sees which."""

from decimal import Decimal

import pytest

from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import open_alert
from controlplane.budgets.models import LimitChange
from tests import builders
from tests.integration.dashboard.reading import few_queries, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

TITLE = "Acme has spent its $100.00."


@pytest.fixture
def alert():
    builders.budget("acme-month")
    return open_alert(
        kind=Kind.REFUSING,
        severity=Severity.CRITICAL,
        cause="a",
        title=TITLE,
        facts={"limit_usd": "100.5", "requests": 1204, "nested": {"a": 1}},
        customer_id="acme",
        budget_id="acme-month",
    ).alert


def test_an_alert_is_closed_with_a_note_and_judged(sign_in, alert):
    client = sign_in("finance")
    path = f"/alerts/{alert.pk}/"

    client.post(path, {"act": "judge", "feedback": "planned"})
    client.post(path, {"act": "close", "note": "Launch week"})

    found = Alert.objects.get()
    assert (found.feedback, found.resolution) == ("planned", "Launch week")
    assert found.resolved_by == "member finance-all"
    assert TITLE not in text_of(client.get("/alerts/"))
    assert "Launch week" in text_of(client.get(path))
    assert TITLE in text_of(client.get("/alerts/?state=resolved"))


def test_the_budget_of_an_alert_is_limited_until_tomorrow(sign_in, alert):
    client = sign_in("finance")
    given = {"act": "limit", "limit_usd": "40", "reason": "Look first"}

    client.post(f"/alerts/{alert.pk}/", given)
    again = client.post(f"/alerts/{alert.pk}/", {**given, "limit_usd": "50"})

    change = LimitChange.objects.get()
    assert change.amount_usd == Decimal(-60)
    assert (change.ends_at.hour, change.ends_at.minute) == (0, 0)
    assert again.status_code == 422


def test_an_engineer_closes_alerts_and_changes_no_limit(sign_in, alert):
    client = sign_in("engineer")

    client.post(f"/alerts/{alert.pk}/", {"act": "limit", "limit_usd": "1", "reason": "x"})

    assert not LimitChange.objects.exists()
    assert "Limit until tomorrow" not in text_of(client.get(f"/alerts/{alert.pk}/"))


def test_an_auditor_reads_alerts_and_acts_on_none(sign_in, alert):
    client = sign_in("auditor")
    path = f"/alerts/{alert.pk}/"

    assert client.post(path, {"act": "close"}).status_code == 403
    page = text_of(client.get(path))
    assert "Alerts are closed and judged by" in page
    assert "1,204" in page
    assert "$100.50" in page
    assert 'name="act"' not in page


def test_alerts_and_changes_of_others_are_not_there(sign_in, alert):
    client = sign_in("finance", "rival")

    assert client.get(f"/alerts/{alert.pk}/").status_code == 404
    assert TITLE not in text_of(client.get("/alerts/?state=all"))
    assert "acme" not in text_of(client.get("/audit/"))


def test_the_audit_log_says_who_changed_what_from_what(sign_in):
    caller().make("customers", id="acme", name="Old & <Co>")
    caller().patch("customers/acme", {"name": "New Co"})
    client = sign_in("auditor")

    page = text_of(client.get("/audit/?resource=customers&object_id=acme&action=update"))

    assert "<del>Old &amp; &lt;Co&gt;</del>" in page
    assert "<ins>New Co</ins>" in page
    assert "token tok_" in page
    assert "Nobody" not in page


def test_the_audit_log_is_exported_as_it_is_seen(sign_in):
    caller().make("customers", id="acme", name="=1+1")
    caller().make("customers", id="other")

    file = sign_in("auditor").get("/audit/?object_id=acme&export=csv").content.decode()

    assert file.count("\n") == 2
    assert "acme" in file
    assert "other" not in file


@pytest.mark.parametrize("query", ["from=never", "after=x", "object_id=%00", "period=x"])
def test_a_filter_that_cannot_be_is_said_to_be_wrong(sign_in, query):
    assert sign_in().get(f"/audit/?{query}").status_code == 400


def test_pages_of_control_ask_few_questions(sign_in, alert):
    client = sign_in("finance", "acme")

    for path in ("/alerts/", f"/alerts/{alert.pk}/", "/audit/"):
        client.get(path)
        with few_queries():
            assert client.get(path).status_code == 200
