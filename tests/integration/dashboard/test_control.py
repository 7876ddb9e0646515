"""Alerts and the audit log: who acts on what, and who sees which."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import open_alert
from controlplane.budgets.models import Budget, LimitChange
from tests import builders
from tests.integration.dashboard.reading import few_queries, part, row_of, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

ROUGH = {"observed": 3.5, "expected": 1.25, "low": 1, "high": 1.5}
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


def test_a_raise_is_asked_for_on_the_page_of_an_alert_and_decided_by_another(sign_in, alert):
    policy = {"raise_step_usd": Decimal(10), "raise_ceiling_usd": Decimal(150)}
    Budget.objects.update(**policy)
    path = f"/alerts/{alert.pk}/"
    asker = sign_in("engineer")
    assert "Ask for a raise" in text_of(asker.get(path))
    assert asker.post(path, {"act": "request_raise", "reason": "A launch"}).status_code == 302
    twice = asker.post(path, {"act": "request_raise", "reason": "A launch"})
    assert "waits for a decision already" in twice.content.decode()

    its_own = f"/alerts/{Alert.objects.get(kind='raise_requested').pk}/"
    assert "Approve" not in text_of(asker.get(its_own))
    assert asker.post(its_own, {"act": "approve"}).status_code == 409
    finance = sign_in("finance")
    assert "until the window ends?" in text_of(finance.get(its_own))
    finance.post(its_own, {"act": "approve", "note": "Fine"})

    assert LimitChange.objects.get().amount_usd == 10
    assert "Ask for a raise" in text_of(finance.get(path)), "what was done"


def test_the_budget_of_an_alert_is_limited_until_tomorrow(sign_in, alert):
    client = sign_in("finance")
    given = {"act": "limit", "limit_usd": "40", "reason": "Look first"}

    client.post(f"/alerts/{alert.pk}/", given)
    again = client.post(f"/alerts/{alert.pk}/", {**given, "limit_usd": "50"})

    change = LimitChange.objects.get()
    assert change.amount_usd == Decimal(-60)
    assert (change.ends_at.hour, change.ends_at.minute) == (0, 0)
    assert again.status_code == 422


def test_limiting_is_shown_before_it_is_done(sign_in, alert):
    client, given = sign_in("finance"), {"act": "limit", "preview": "1", "reason": "x"}

    page = text_of(client.post(f"/alerts/{alert.pk}/", {**given, "limit_usd": "0"}))

    assert "Refuses every request" in page
    assert "Requests pass" in text_of(
        client.post(f"/alerts/{alert.pk}/", {**given, "limit_usd": "40"})
    )
    assert not LimitChange.objects.exists()


def test_what_was_planned_is_no_news_until_a_day(sign_in, alert):
    client, path = sign_in("finance"), f"/alerts/{alert.pk}/"
    day = datetime.now(UTC).date() + timedelta(days=3)

    client.post(path, {"act": "plan", "until": day.isoformat()})

    assert Alert.objects.get().planned_until.date() == day + timedelta(days=1)
    assert "member finance-all said: planned" in text_of(client.get(path))
    for wrong in ("2020-01-01", "9999-12-31", "soon", ""):
        assert client.post(path, {"act": "plan", "until": wrong}).status_code == 422


UNUSUAL = {
    "measure": "spend",
    "above_usd": "12.340000000001",
    "above_usd_per_day": "98.7",
    "points": [{"at": f"2026-11-20T{hour:02}:00:00+00:00", **ROUGH} for hour in range(5)],
    "because": "more requests (+$10.00)",
    "parts": [
        {"changed": "requests", "words": "more requests", "amount_usd": "10.000000000001"},
        {"changed": "price", "words": "a higher price", "amount_usd": "2.34"},
    ],
    "carriers": [
        {"dimension": "virtual_key", "value": "vk-1", "share": 0.9, "observed": 9.0, "expected": 1}
    ],
    "rows": {"fields": {"customer": "acme"}, "start": "2026-11-20T00:00:00Z", "end": "2026-11-21"},
}


def unusual(facts):
    builders.customer("acme")
    sighting = {"severity": Severity.WARNING, "cause": "u", "title": "Acme spends more."}
    return open_alert(kind=Kind.UNUSUAL, facts=facts, customer_id="acme", **sighting).alert


def test_what_is_unusual_is_drawn_and_its_causes_add_up(sign_in):
    client, alert = sign_in(), unusual(UNUSUAL)
    page = text_of(client.get(f"/alerts/{alert.pk}/"))

    assert part(page, 'id="series"', "</table>").count('data-v="3.50"') == 5
    causes = part(page, 'id="causes"', "</table>")
    assert row_of(causes, "Total") == ["12.340000000001"]
    assert "90 %" in part(page, 'id="carriers"', "</table>")
    assert "virtual_key=vk-1" in page
    with few_queries():
        client.get(f"/alerts/{alert.pk}/")


@pytest.mark.parametrize("name", [*UNUSUAL, None])
def test_a_fact_that_is_missing_or_odd_takes_nothing_else_away(sign_in, name):
    odd = {"points": [{"at": "x"}, 3], "parts": [{"amount_usd": 3.5}], "carriers": "x", "rows": []}
    facts = {each: value for each, value in UNUSUAL.items() if each != name}

    page = text_of(sign_in().get(f"/alerts/{unusual(facts if name else odd).pk}/"))

    assert "Acme spends more." in page


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
