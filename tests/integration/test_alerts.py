"""Alerts: one open for each cause, closed by itself or by somebody, seen by whom it concerns."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from jsonschema import Draft4Validator

from controlplane.accounts.models import Member
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import judge_alert, keep_alerts, open_alert, resolve_alert
from controlplane.audit.models import AuditEvent
from tests.integration.test_rest_schema import answers_of, shape
from tests.personas import caller, refusal

pytestmark = pytest.mark.usefixtures("database")


def seen(cause="over/acme-month", **fields):
    given = {"kind": Kind.OVER, "severity": Severity.WARNING, "title": "acme-month is over."}
    return {"cause": cause, "customer_id": "acme", **given, **fields}


def test_what_is_seen_again_updates_the_open_alert():
    first = open_alert(**seen(amount_usd=Decimal(5)))
    again = open_alert(**seen(amount_usd=Decimal(7), severity=Severity.CRITICAL))

    alert = Alert.objects.get()
    assert (first.is_new, again.is_new) == (True, False)
    assert (alert.amount_usd, alert.severity) == (7, "critical")
    assert alert.opened_at == first.alert.opened_at


def test_seen_again_unchanged_nothing_is_written():
    first = open_alert(**seen(facts={"spent_usd": "5.00"}))

    again = open_alert(**seen(facts={"spent_usd": "5.00"}))

    assert again.alert.updated_at == first.alert.updated_at


def test_a_cause_that_comes_back_is_another_alert():
    first = open_alert(**seen()).alert
    resolve_alert(first, how="Raised.")

    assert open_alert(**seen()).is_new
    assert Alert.objects.count() == 2


def test_many_who_see_the_same_open_one_alert():
    def see(number):
        try:
            return open_alert(**seen(facts={"number": number})).is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(see, range(24)))

    assert opened.count(True) == 1
    assert Alert.objects.count() == 1


def test_what_is_over_ends_once():
    alert = open_alert(**seen()).alert

    ended = resolve_alert(alert, how="Raised.", by="member anna")
    again = resolve_alert(alert, how="Later.")

    assert (again.resolved_at, again.resolution) == (ended.resolved_at, "Raised.")


def test_alerts_of_a_kind_are_those_seen_now():
    over = open_alert(**seen("over/a")).alert
    other = open_alert(**seen("runs-out/a", kind=Kind.RUNS_OUT)).alert

    opened = keep_alerts(kind=Kind.OVER, seen=[seen("over/b")], over="Spent less.")

    assert [each.alert.cause for each in opened] == ["over/b"]
    over.refresh_from_db()
    other.refresh_from_db()
    assert (over.resolution, over.resolved_by) == ("Spent less.", "")
    assert other.resolved_at is None


def test_what_somebody_closed_is_not_opened_again_for_the_same_cause():
    [opened] = keep_alerts(kind=Kind.OVER, seen=[seen()], over="")
    resolve_alert(opened.alert, by="member anna")

    assert keep_alerts(kind=Kind.OVER, seen=[seen()], over="") == []


def test_a_judgement_can_be_taken_back():
    alert = open_alert(**seen()).alert

    judged = judge_alert(alert, feedback="noise", by="member anna")
    assert (judged.feedback, judged.feedback_by) == ("noise", "member anna")
    assert judged.feedback_at is not None

    planned = judge_alert(alert, feedback="planned", by="member anna")
    assert planned.planned_until is not None
    back = judge_alert(alert, feedback=None, by="member anna")
    assert (back.feedback, back.feedback_by, back.feedback_at) == (None, "", None)
    assert back.planned_until is None


def test_closing_and_judging_are_in_the_audit_log_and_seeing_is_not(bob):
    alert = open_alert(**seen()).alert
    open_alert(**seen(amount_usd=Decimal(9)))
    assert bob.post(f"alerts/{alert.id}/feedback", {"feedback": "real"}).status_code == 200
    assert bob.post(f"alerts/{alert.id}/resolve", {"note": "Raised."}).status_code == 200

    judged, closed = AuditEvent.objects.filter(resource="alerts").order_by("id")

    assert (judged.object_id, judged.customer_id) == (alert.id, "acme")
    assert judged.changes["feedback"] == [None, "real"]
    assert closed.changes["resolution"] == ["", "Raised."]
    assert closed.actor.startswith("token ")


def test_the_api_lists_the_newest_first_and_filters(alice):
    for number in range(3):
        open_alert(**seen(f"over/{number}", virtual_key_id=f"vk-{number}"))
    open_alert(**seen("paused/openai", kind=Kind.PROVIDER_PAUSED, customer_id=None))
    resolve_alert(Alert.objects.get(cause="over/1"))

    def causes(**query):
        return [each["cause"] for each in alice.get("alerts", **query).json()["results"]]

    assert causes() == ["paused/openai", "over/2", "over/1", "over/0"]
    assert causes(state="open", kind="over") == ["over/2", "over/0"]
    assert causes(virtual_key=["vk-1", "vk-2"], order="opened_at") == ["over/1", "over/2"]
    assert causes(severity="critical") == []
    page = alice.get("alerts", limit=3).json()
    assert [each["cause"] for each in alice.follow(page["next"]).json()["results"]] == ["over/0"]


def test_an_alert_is_shown_whole(alice):
    alert = open_alert(**seen(amount_usd=Decimal("35.41"), budget_id="acme-month")).alert

    shown = alice.get(f"alerts/{alert.id}").json()

    assert (shown["state"], shown["customer"], shown["budget"]) == ("open", "acme", "acme-month")
    assert (shown["amount_usd"], shown["title"]) == ("35.41", "acme-month is over.")


def test_a_rival_neither_sees_nor_touches_what_is_acmes(mallory):
    mine = open_alert(**seen()).alert
    installation = open_alert(**seen("books", kind=Kind.BOOKS_BEHIND, customer_id=None)).alert

    assert mallory.get("alerts").json()["results"] == []
    assert mallory.get("alerts", customer="acme").json()["results"] == []
    for alert in (mine, installation):
        refusal(mallory.get(f"alerts/{alert.id}"), 404)
        refusal(mallory.post(f"alerts/{alert.id}/resolve"), 404)
        refusal(mallory.post(f"alerts/{alert.id}/feedback", {"feedback": "noise"}), 404)


def test_who_may_not_see_tokens_sees_no_alert_about_one(alice, bob):
    open_alert(**seen("expires/token", kind=Kind.EXPIRES, api_token_id="tok"))

    assert len(alice.get("alerts").json()["results"]) == 1
    assert bob.get("alerts").json()["results"] == []


def test_auditors_look_and_do_nothing():
    alert = open_alert(**seen()).alert
    auditor = caller("auditor")

    assert auditor.get(f"alerts/{alert.id}").status_code == 200
    refusal(auditor.post(f"alerts/{alert.id}/resolve"), 403)


def test_the_admin_closes_in_the_members_name():
    alert = open_alert(**seen()).alert
    client = Client(SERVER_NAME="localhost")
    client.force_login(Member.objects.create_superuser("anna", password="a-long-pass-word-1"))

    assert client.get(f"/admin/alerts/alert/{alert.id}/change/").status_code == 200
    assert client.post(f"/admin/alerts/alert/{alert.id}/resolve/").status_code == 302

    alert.refresh_from_db()
    assert alert.resolved_by == "member anna"


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("feedback", {}, "feedback"),
        ("feedback", {"feedback": "great"}, "feedback"),
        ("feedback", {"feedback": "planned", "until": "2026-01-01T00:00:00Z"}, "until"),
        ("feedback", {"feedback": "noise", "until": "2226-01-01T00:00:00Z"}, "until"),
        ("resolve", {"note": "x" * 1001}, "note"),
        ("resolve", {"reason": "x"}, "reason"),
    ],
)
def test_bad_input_names_its_field(alice, action, body, field):
    alert = open_alert(**seen()).alert

    assert field in refusal(alice.post(f"alerts/{alert.id}/{action}", body))["fields"]


def test_nobody_creates_changes_or_deletes_an_alert_by_hand(alice):
    alert = open_alert(**seen()).alert

    refusal(alice.post("alerts", {}), 405)
    refusal(alice.patch(f"alerts/{alert.id}", {}), 405)
    refusal(alice.delete(f"alerts/{alert.id}"), 405)
    refusal(alice.get("alerts/nothing"), 404)


def test_its_answers_are_as_described(alice):
    alert = open_alert(**seen(amount_usd=Decimal(5))).alert
    schema = alice.get("schema").json()

    listed = shape(schema, answers_of(schema, "alerts", "get")[200])
    closed = shape(schema, answers_of(schema, "alerts/{id}/resolve", "post")[200])
    Draft4Validator(listed).validate(alice.get("alerts").json())
    Draft4Validator(closed).validate(alice.post(f"alerts/{alert.id}/resolve").json())
