"""Notice of keys, rotated secrets and API tokens that end soon."""

from datetime import UTC, datetime, timedelta

import pytest

from controlplane.accounts import services as accounts
from controlplane.accounts.models import ApiToken
from controlplane.alerts.models import Alert
from controlplane.alerts.services import resolve_alert
from controlplane.keys import services
from controlplane.keys.expiry import watch_expiry
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.tasks import watch_expiry as task
from tests import builders

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=100)


def a_key(*, ends: timedelta, began: datetime = LONG_AGO) -> VirtualKey:
    key = services.issue_key(id="vk-1", customer=builders.customer(), expires_at=NOW + ends).key
    VirtualKey.objects.update(created_at=began)
    VirtualKeySecret.objects.update(created_at=began)
    return key


def open_alerts() -> list[tuple[str, int]]:
    rows = Alert.objects.filter(resolved_at=None).order_by("cause")
    return [(alert.severity, alert.facts["notice_days"]) for alert in rows]


@pytest.mark.parametrize(
    ("ends", "notices"),
    [
        (timedelta(days=8), []),
        (timedelta(days=6), [("warning", 7)]),
        (timedelta(hours=23), [("critical", 1)]),
        (timedelta(seconds=-1), []),
    ],
)
def test_a_key_that_ends_soon_is_told_a_week_and_a_day_before(ends, notices):
    a_key(ends=ends)

    watch_expiry(NOW)

    assert open_alerts() == notices


def test_watching_again_opens_nothing_twice():
    a_key(ends=timedelta(days=6))

    first, second = watch_expiry(NOW), watch_expiry(NOW + timedelta(hours=1))

    assert [opened.is_new for opened in (*first, *second)] == [True, False]
    alert = Alert.objects.get()
    assert alert.title.startswith("Virtual key vk-1 of acme ends on 26 Nov 2026, 12:00 UTC")
    assert (alert.customer_id, alert.virtual_key_id) == ("acme", "vk-1")


def test_the_last_day_takes_the_place_of_the_last_week():
    a_key(ends=timedelta(days=6))
    watch_expiry(NOW)

    watch_expiry(NOW + timedelta(days=5, hours=1))

    assert open_alerts() == [("critical", 1)]
    assert Alert.objects.get(severity="warning").resolution == "Less than a day is left now."


@pytest.mark.parametrize("cure", ["extended", "revoked"])
def test_what_was_looked_after_closes_itself(cure):
    key = a_key(ends=timedelta(days=6))
    watch_expiry(NOW)

    if cure == "extended":
        services.update_key(key, expires_at=NOW + timedelta(days=60))
    else:
        services.revoke_key(key)
    watch_expiry(NOW)

    assert open_alerts() == []
    assert Alert.objects.get().resolution == "It was extended, replaced or revoked."


def test_what_has_ended_says_so():
    a_key(ends=timedelta(hours=5))
    watch_expiry(NOW)

    watch_expiry(NOW + timedelta(hours=6))

    assert Alert.objects.get().resolution == "It has ended."


def test_who_closed_a_notice_hears_of_it_again_on_the_last_day():
    a_key(ends=timedelta(days=6))
    [opened] = watch_expiry(NOW)
    resolve_alert(opened.alert, by="member anna")

    assert watch_expiry(NOW) == []
    assert [each.is_new for each in watch_expiry(NOW + timedelta(days=5, hours=1))] == [True]


def test_a_key_for_an_afternoon_ends_without_notice():
    a_key(ends=timedelta(hours=5), began=NOW - timedelta(hours=1))

    assert watch_expiry(NOW) == []


def test_a_rotated_secret_is_told_before_its_grace_ends_and_the_new_one_is_not():
    key = a_key(ends=timedelta(days=300))
    services.rotate_key(key, grace_seconds=10 * 24 * 3600)
    now = datetime.now(UTC)

    assert watch_expiry(now) == []
    [opened] = watch_expiry(now + timedelta(days=5))

    assert opened.alert.title.startswith("The old secret …")
    assert opened.alert.virtual_key_id == "vk-1"
    services.rotate_key(key)
    watch_expiry(now + timedelta(days=5))
    assert open_alerts() == []


def test_a_token_that_ends_soon_is_told_too():
    token = accounts.issue_token(name="ci", role="engineer", expires_at=NOW + timedelta(days=3))
    ApiToken.objects.update(created_at=LONG_AGO)

    [opened] = watch_expiry(NOW)
    accounts.revoke_token(token.token)
    watch_expiry(NOW)

    assert opened.alert.api_token_id == token.token.id
    assert open_alerts() == []


def test_the_task_runs():
    assert task() == 0
