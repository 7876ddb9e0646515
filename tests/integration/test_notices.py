"""Notices of alerts: signed, in order, and not lost while a channel is down."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from ipaddress import ip_network

import pytest
from django.test import override_settings

from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import open_alert, resolve_alert
from controlplane.audit.models import AuditEvent
from controlplane.notices import services
from controlplane.notices.models import AlertEvent, Channel, Delivery, Notice, Rule
from controlplane.notices.routing import due_at, route_events
from controlplane.notices.sending import send_due
from controlplane.notices.tasks import send_notices
from tests import builders
from tests.builders import NOON
from tests.personas import refusal
from tests.webhooks import Receiver, is_genuine

pytestmark = pytest.mark.usefixtures("database", "loopback")

MINUTE = timedelta(minutes=1)


@pytest.fixture
def loopback() -> Iterator[None]:
    with override_settings(NOTICE_NETWORKS_ALLOWED=[ip_network("127.0.0.0/8")]):
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver().start()
    yield receiver
    receiver.stop()


def a_channel(receiver: Receiver, **fields) -> services.CreatedChannel:
    return services.create_channel(kind="webhook", url=receiver.url, id="hook", **fields)


def a_rule(channel: Channel, **fields) -> Rule:
    return services.create_rule(channel=channel, **fields)


def an_alert(cause="over/a", severity=Severity.WARNING, **fields) -> Alert:
    title = f"{cause} is over."
    seen = {"kind": Kind.OVER, "severity": severity, "title": title, "customer_id": "acme"}
    return open_alert(cause=cause, **{**seen, **fields}).alert


def minute(at: datetime) -> int:
    route_events(at)
    return send_due(at)


def titles(receiver: Receiver) -> list[tuple[str, str]]:
    return [(each["type"], each["alerts"][0]["title"]) for each in receiver.received]


def test_opened_more_severe_and_over_are_told_once_each(receiver):
    a_rule(a_channel(receiver).channel)
    alert = an_alert(amount_usd=Decimal("35.41"))
    an_alert(title="Said anew.")
    an_alert(severity=Severity.CRITICAL)
    resolve_alert(alert, how="Raised.")

    minute(NOON)

    kinds = [each["type"] for each in receiver.received]
    assert kinds == ["alert.opened", "alert.risen", "alert.resolved"]
    assert receiver.received[0]["alerts"][0]["amount_usd"] == "35.410000000000"
    assert minute(NOON + MINUTE) == 0


def test_what_is_rolled_back_is_told_nobody(receiver):
    from django.db import transaction

    a_rule(a_channel(receiver).channel)
    with transaction.atomic():
        an_alert()
        transaction.set_rollback(True)

    assert minute(NOON) == 0
    assert not AlertEvent.objects.exists()


def test_a_receiver_down_for_ten_minutes_gets_every_notice_in_order_and_signed(receiver):
    channel, secret = a_channel(receiver)
    a_rule(channel)
    receiver.stop()
    for number in range(10):
        an_alert(f"over/{number}")
        assert minute(NOON + number * MINUTE) == 0

    receiver.start()
    sent = sum(minute(NOON + (10 + number) * MINUTE) for number in range(6))

    assert sent == 10
    assert titles(receiver) == [("alert.opened", f"over/{n} is over.") for n in range(10)]
    assert all(is_genuine(secret, headers, body) for headers, body in receiver.raw)
    assert not is_genuine(secret, receiver.raw[0][0], receiver.raw[1][1])
    first = Notice.objects.order_by("sequence").first()
    log = list(first.deliveries.order_by("id").values_list("is_delivered", flat=True))
    assert log == [False] * (len(log) - 1) + [True]
    assert len(log) > 3


def test_a_receiver_that_fails_gets_the_same_id_again(receiver):
    a_rule(a_channel(receiver).channel)
    an_alert()
    receiver.status = 500
    minute(NOON)
    receiver.status = 200
    minute(NOON + MINUTE)

    first, second = receiver.ids
    assert first == second == receiver.received[0]["id"]
    assert Delivery.objects.order_by("id").first().error == "It answered 500."


def test_a_receiver_that_hangs_is_left_after_ten_seconds_and_tried_again(receiver):
    a_rule(a_channel(receiver).channel)
    an_alert()
    receiver.hangs = True
    began = datetime.now(UTC)

    assert minute(NOON) == 0

    assert datetime.now(UTC) - began < timedelta(seconds=40)
    receiver.hangs = False
    assert minute(NOON + MINUTE) == 1


def test_redirects_are_not_followed(receiver):
    a_rule(a_channel(receiver).channel)
    an_alert()
    receiver.status, receiver.location = 302, receiver.url

    minute(NOON)

    assert len(receiver.ids) == 1
    assert "redirects are not followed" in Delivery.objects.get().error


def test_what_was_allowed_and_is_not_any_more_is_refused_when_sending(receiver):
    a_rule(a_channel(receiver).channel)
    an_alert()

    with override_settings(NOTICE_NETWORKS_ALLOWED=[]):
        assert minute(NOON) == 0

    assert receiver.ids == []
    assert Delivery.objects.get().error == "This address is not on the public internet."


def test_apprise_posts_the_sentence_and_cannot_lead_inside(receiver):
    url = f"json://127.0.0.1:{receiver.port}/"
    channel = services.create_channel(kind="apprise", url=url).channel
    a_rule(channel)
    an_alert()
    with override_settings(NOTICE_NETWORKS_ALLOWED=[]):
        assert minute(NOON) == 0
    assert channel.destination == "json://…"
    assert not receiver.received

    assert minute(NOON + MINUTE) == 1
    assert receiver.received[0]["message"] == "over/a is over."


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("webhook", "http://127.0.0.1/hook"),
        ("webhook", "http://169.254.169.254/latest/meta-data"),
        ("webhook", "http://0x7f.1/"),
        ("webhook", "https://[::ffff:10.0.0.1]/"),
        ("webhook", "http://localhost:8000/"),
        ("webhook", "ftp://example.com/"),
        ("webhook", "https://u:p@example.com/"),
        ("webhook", "https://example.com:99999/"),
        ("webhook", "nonsense"),
        ("webhook", "https://x\r\nhost: y/"),
        ("apprise", "json://10.0.0.1/"),
        ("apprise", "mailtos://u:p@127.0.0.1?to=a@b.c"),
        ("apprise", "syslog://"),
        ("apprise", "nonsense"),
    ],
)
@override_settings(NOTICE_NETWORKS_ALLOWED=[])
def test_what_is_no_address_or_one_inside_is_refused(alice, kind, url):
    error = refusal(alice.post("notice-channels", {"kind": kind, "url": url}))

    assert list(error["fields"]) == ["url"]
    assert not Channel.objects.exists()


def test_the_address_and_secret_are_shown_once_and_tested(alice, receiver):
    made = alice.make("notice-channels", id="hook", kind="webhook", url=receiver.url)
    shown = alice.get("notice-channels/hook").json()

    assert made["secret"].startswith("whsec_")
    assert "secret" not in shown
    assert "url" not in shown
    assert shown["destination"] == "http://127.0.0.1"
    assert alice.post("notice-channels/hook/test").json()["is_delivered"] is True
    assert receiver.received[0]["type"] == "test"
    logged = str(list(AuditEvent.objects.values_list("changes", flat=True)))
    assert "/hook" not in logged
    [notice] = alice.get("notices").json()["results"]
    assert alice.get(f"notices/{notice['id']}").json()["deliveries"][0]["is_delivered"] is True


def test_a_rule_that_matches_everything_says_so(alice, receiver):
    channel = a_channel(receiver).channel

    made = alice.make("alert-rules", channel=channel.id)
    narrow = alice.patch(f"alert-rules/{made['id']}", {"kinds": ["over"]}).json()

    assert (made["matches_everything"], narrow["matches_everything"]) == (True, False)
    refusal(alice.post("alert-rules", {"channel": "hook", "quiet_from": "22:00"}))
    refusal(alice.post("alert-rules", {"channel": "hook", "timezone": "Mars"}))
    refusal(alice.delete("notice-channels/hook"), 409)


def test_customers_hear_of_their_own_alerts_alone(receiver):
    channel = a_channel(receiver, customer=builders.customer()).channel
    a_rule(channel, customer=builders.customer())
    an_alert("over/mine")
    an_alert("over/theirs", customer_id="rival")
    an_alert("books", customer_id=None)
    an_alert("expires", api_token_id="tok")

    assert minute(NOON) == 1
    assert titles(receiver) == [("alert.opened", "over/mine is over.")]


def test_a_rival_neither_sees_nor_uses_the_channel(mallory, receiver):
    a_rule(a_channel(receiver, customer=builders.customer()).channel, customer=builders.customer())

    assert mallory.get("notice-channels").json()["results"] == []
    assert mallory.get("alert-rules").json()["results"] == []
    refusal(mallory.post("alert-rules", {"channel": "hook", "customer": "rival"}))
    refusal(mallory.post("notice-channels/hook/test"), 404)
    # Without a customer it would be everybody's.
    made = {"kind": "webhook", "url": receiver.url}
    refusal(mallory.post("notice-channels", made), 403)
    assert Channel.objects.count() == 1


def test_several_rules_tell_a_channel_once(receiver):
    channel = a_channel(receiver).channel
    a_rule(channel)
    a_rule(channel, kinds=["over"])
    a_rule(channel, digest="hourly")
    an_alert()

    assert minute(NOON) == 1
    assert minute(NOON + 60 * MINUTE) == 0


def test_a_digest_brings_what_happened_together(receiver):
    a_rule(a_channel(receiver).channel, digest="hourly")
    for number in range(3):
        an_alert(f"over/{number}")
        assert minute(NOON + number * MINUTE) == 0

    assert minute(NOON + 60 * MINUTE) == 1
    [digest] = receiver.received
    assert (digest["type"], len(digest["alerts"])) == ("alerts.digest", 3)


BERLIN = {"timezone": "Europe/Berlin", "quiet_from": time(22), "quiet_to": time(7)}


@pytest.mark.parametrize(
    ("rule", "severity", "at", "due"),
    [
        ({}, "info", "2026-11-20T23:30:00", "2026-11-20T23:30:00"),
        (BERLIN, "warning", "2026-11-20T23:30:00", "2026-11-21T06:00:00"),
        (BERLIN, "critical", "2026-11-20T23:30:00", "2026-11-20T23:30:00"),
        (BERLIN, "warning", "2026-11-20T12:00:00", "2026-11-20T12:00:00"),
        # Clocks go forward in this night.
        (BERLIN, "warning", "2027-03-27T23:30:00", "2027-03-28T05:00:00"),
        ({"digest": "daily", "timezone": "Europe/Berlin"}, "info", "2026-11-20T12:00:00",
         "2026-11-21T07:00:00"),
        ({"digest": "hourly"}, "info", "2026-11-20T12:10:00", "2026-11-20T13:00:00"),
    ],
)  # fmt: skip
def test_quiet_hours_and_digests_say_when(rule, severity, at, due):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    found = due_at(Rule(**rule), severity, moment)

    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_what_is_tried_for_days_is_given_up_and_no_longer_in_the_way(receiver):
    a_rule(a_channel(receiver).channel)
    an_alert("over/a")
    receiver.status = 410
    minute(NOON)
    minute(NOON + timedelta(days=3))
    receiver.status = 200
    an_alert("over/b")

    assert minute(NOON + timedelta(days=3, minutes=1)) == 1
    states = Notice.objects.order_by("sequence").values_list("state", flat=True)
    assert list(states) == ["given_up", "delivered"]


def test_the_task_runs():
    assert send_notices() == 0
