"""Keys that may have leaked: a network they never came from, a volume they never had."""

import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import httpx
import pytest

from controlplane.alerts.models import Alert
from controlplane.alerts.services import resolve_alert
from controlplane.keys import services
from controlplane.keys.leaks import watch_leaks
from controlplane.keys.models import KeyNetwork, VirtualKey, VirtualKeySecret
from controlplane.keys.tasks import watch_leaks as task
from tests import builders, catalog
from tests.plane import Plane

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
PROXIES = (ip_network("127.0.0.0/8"),)
THIS_HOUR = NOW.replace(minute=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def key(database) -> VirtualKey:
    """Two months old, and at home in one network."""
    key = services.issue_key(id="vk-1", customer=builders.customer()).key
    VirtualKeySecret.objects.update(created_at=NOW - 60 * DAY)
    seen("198.51.100.0/24", NOW - 60 * DAY)
    return key


def seen(network: str, first: datetime, last: datetime | None = None) -> None:
    row = {"virtual_key_id": "vk-1", "network": network, "first_seen_at": first}
    builders.insert("keys_keynetwork", {**row, "last_seen_at": last or NOW}, returning="network")


def busy(hour: datetime, requests: int) -> None:
    """An hour of the rollup."""
    builders.usage_record(at=hour)
    builders.execute(
        "UPDATE usage_rollup SET requests = %s WHERE hour = %s AND by_key", [requests, hour]
    )


def usual_hours() -> None:
    """Two weeks of twenty requests, now and then."""
    midnight = NOW.replace(hour=0, minute=0)
    for days in range(2, 14, 3):
        busy(midnight - days * DAY, 20)


def watched() -> tuple[str, list[str], int] | None:
    watch_leaks(NOW)
    alert = Alert.objects.filter(resolved_at=None).first()
    if alert is None:
        return None
    return alert.severity, alert.facts["networks"], alert.facts.get("requests", 0)


def test_a_key_at_home_raises_nothing(key):
    usual_hours()
    busy(THIS_HOUR, 60)

    assert watched() is None


def test_a_new_network_is_worth_a_look(key):
    seen("203.0.113.0/24", NOW - HOUR)

    assert watched() == ("info", ["203.0.113.0/24"], 0)
    assert "is used from a new network, 203.0.113.0/24." in Alert.objects.get().title


def test_a_volume_it_never_had_is_worth_more(key):
    usual_hours()
    busy(THIS_HOUR, 5000)

    assert watched() == ("warning", [], 5000)
    assert "made 5,000 requests in an hour, where 20 are usual" in Alert.objects.get().title


def test_both_together_are_worth_it_now(key):
    usual_hours()
    seen("203.0.113.0/24", NOW - HOUR)
    assert watched()[0] == "info"

    busy(THIS_HOUR, 5000)

    assert watched() == ("critical", ["203.0.113.0/24"], 5000)
    assert Alert.objects.count() == 1


def test_what_it_did_in_some_night_before_is_not_unusual(key):
    usual_hours()
    busy(NOW.replace(hour=3, minute=0) - 5 * DAY, 6000)
    busy(THIS_HOUR, 5000)

    assert watched() is None


def test_little_is_nobodys_leak(key):
    for days in (3, 10):
        busy(NOW.replace(hour=0, minute=0) - days * DAY, 1)
    busy(THIS_HOUR, 150)

    assert watched() is None


def test_a_key_that_is_being_learned_raises_nothing(key):
    builders.execute("UPDATE keys_keynetwork SET first_seen_at = %s", [NOW - 6 * DAY])
    seen("203.0.113.0/24", NOW - HOUR)
    busy(NOW.replace(hour=0, minute=0) - 3 * DAY, 1)
    busy(THIS_HOUR, 5000)

    assert watched() is None


def test_a_key_that_is_at_home_everywhere_raises_nothing_by_one_more(key):
    for number in range(11):
        seen(f"203.0.{number}.0/24", NOW - 20 * DAY)
    seen("192.0.2.0/24", NOW - HOUR)

    assert watched() is None


@pytest.mark.parametrize("cure", ["rotated", "revoked"])
def test_a_key_that_was_looked_after_closes_its_alert(key, cure):
    seen("203.0.113.0/24", NOW - HOUR)
    assert watched() is not None

    services.rotate_key(key) if cure == "rotated" else services.revoke_key(key)

    assert watched() is None


def test_a_day_without_news_closes_it(key):
    seen("203.0.113.0/24", NOW - HOUR)
    assert watched() is not None

    watch_leaks(NOW + DAY)

    assert Alert.objects.get().resolved_by == ""


def test_what_somebody_closed_opens_again_by_another_network_alone(key):
    seen("203.0.113.0/24", NOW - 2 * HOUR)
    watch_leaks(NOW)
    resolve_alert(Alert.objects.get(), by="member anna")
    builders.execute("UPDATE alerts_alert SET resolved_at = %s", [NOW - HOUR])

    assert watched() is None
    seen("192.0.2.0/24", NOW)
    assert watched() == ("info", ["192.0.2.0/24"], 0)


def test_networks_of_long_ago_are_forgotten(key):
    seen("203.0.113.0/24", NOW - 200 * DAY, NOW - 100 * DAY)

    watch_leaks(NOW)

    assert [each.network for each in KeyNetwork.objects.all()] == ["198.51.100.0/24"]


def test_the_task_runs(database):
    assert task() == 0


def test_the_data_plane_learns_where_a_key_is_used_from(start_plane, upstream):
    secret = catalog.callable_model(base_url=upstream.url)
    plane = start_plane(trusted_proxies=PROXIES)

    for client in ("203.0.113.7", "203.0.113.8", "192.0.2.1"):
        call(plane, secret, client)
    call(plane, "sk-pur-a-secret-of-nobody", "198.51.100.1")

    assert until_written(2) == {"203.0.113.0/24", "192.0.2.0/24"}


def test_of_one_key_a_bounded_number_of_networks_is_kept(start_plane, upstream):
    secret = catalog.callable_model(base_url=upstream.url)
    for number in range(64):
        seen(f"10.9.{number}.0/24", NOW)
    plane = start_plane(trusted_proxies=PROXIES)

    call(plane, secret, "203.0.113.7")
    call(plane, secret, "10.9.5.1")

    for _ in range(100):
        if KeyNetwork.objects.filter(network="10.9.5.0/24", last_seen_at__gt=NOW).exists():
            break
        threading.Event().wait(0.1)
    else:
        raise AssertionError("a known network was not seen again")
    assert KeyNetwork.objects.count() == 64


def call(plane: Plane, secret: str, client: str) -> None:
    headers = {"authorization": f"Bearer {secret}", "x-forwarded-for": client}
    body = {"model": "far/gpt-4o", "messages": []}
    httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body, timeout=30)


def until_written(many: int) -> set[str]:
    for _ in range(100):
        networks = {each.network for each in KeyNetwork.objects.all()}
        if len(networks) >= many:
            break
        threading.Event().wait(0.1)
    return networks
