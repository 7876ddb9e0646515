"""Keys that may have leaked: used from a network they never came from, or far more than ever.

Either is worth a look, both together are worth it now. Nothing is said of a key that is still
being learned, nor of what was before its newest secret, or before somebody last closed its alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Opened, Sighting, open_alert, resolve_alert
from controlplane.keys.models import KeyNetwork, VirtualKey
from controlplane.usage.limits import limited_report
from controlplane.usage.volumes import Burst, bursts

LEARNING = timedelta(days=7)
NEW_FOR = timedelta(days=1)
KEPT_FOR = timedelta(days=90)
# A key that is at home in more networks than this says nothing by another one.
NETWORKS_AT_HOME_MAX = 10
NETWORKS_NAMED_MAX = 5
CAUSE = "possible-leak/"
QUIET = "Nothing unusual for a day, or its secret was replaced."
# The table is the data plane's, but processes come and go; what is old is of no use to anybody.
FORGET = "DELETE FROM keys_keynetwork WHERE last_seen_at < %s"


@dataclass(slots=True)
class Signs:
    """What speaks for a leak of one key."""

    networks: list[str] = field(default_factory=list)
    burst: Burst | None = None

    @property
    def severity(self) -> Severity:
        if self.burst is not None:
            return Severity.CRITICAL if self.networks else Severity.WARNING
        return Severity.INFO


def watch_leaks(at: datetime | None = None) -> list[Opened]:
    """Opens, and closes, the alerts about keys that may have leaked. Raises `DomainError`."""
    now = at or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [now - KEPT_FOR])
    signs = _signs(now)
    for alert in Alert.objects.filter(kind=Kind.POSSIBLE_LEAK, resolved_at=None):
        if alert.virtual_key_id not in signs:
            resolve_alert(alert, how=QUIET)
    keys = VirtualKey.objects.in_bulk(list(signs))
    return [open_alert(**_sighting(keys[key_id], each)) for key_id, each in sorted(signs.items())]


def _signs(now: datetime) -> dict[str, Signs]:
    """By key, of those that are active."""
    with limited_report():
        found_bursts = {burst.virtual_key_id: burst for burst in bursts(now, LEARNING)}
    networks = _new_networks(now)
    trusted_since = _trusted_since({*networks, *found_bursts})
    signs: dict[str, Signs] = {}
    for key_id, since in trusted_since.items():
        new = [each.network for each in networks.get(key_id, ()) if each.first_seen_at > since]
        burst = found_bursts.get(key_id)
        burst = burst if burst is not None and burst.hour > since else None
        if new or burst is not None:
            signs[key_id] = Signs(new, burst)
    return signs


def _new_networks(now: datetime) -> Mapping[str, list[KeyNetwork]]:
    """Seen for the first time within a day, by keys that have been seen for longer."""
    fresh = KeyNetwork.objects.filter(first_seen_at__gt=now - NEW_FOR)
    known: dict[str, list[KeyNetwork]] = {}
    for each in fresh.order_by("first_seen_at"):
        known.setdefault(each.virtual_key_id, []).append(each)
    firsts = _firsts(list(known))
    return {
        key_id: new
        for key_id, new in known.items()
        if firsts[key_id] <= now - LEARNING and _at_home(key_id, now) <= NETWORKS_AT_HOME_MAX
    }


def _firsts(key_ids: list[str]) -> dict[str, datetime]:
    rows = KeyNetwork.objects.filter(virtual_key_id__in=key_ids).values_list("virtual_key_id")
    return dict(rows.annotate(Min("first_seen_at")).order_by())


def _at_home(key_id: str, now: datetime) -> int:
    return KeyNetwork.objects.filter(
        virtual_key_id=key_id, first_seen_at__lte=now - NEW_FOR
    ).count()


def _trusted_since(key_ids: set[str]) -> dict[str, datetime]:
    """By active key: what was before is dealt with, by a new secret or by who closed an alert."""
    active = VirtualKey.objects.filter(pk__in=key_ids, is_active=True)
    renewed = dict(active.values_list("id").annotate(Max("secrets__created_at")).order_by())
    closed = Alert.objects.filter(kind=Kind.POSSIBLE_LEAK, virtual_key_id__in=key_ids)
    closed = closed.exclude(resolved_by="").exclude(resolved_at=None)
    ends = dict(closed.values_list("virtual_key_id").annotate(Max("resolved_at")).order_by())
    moments = {key_id: (renewed[key_id], ends.get(key_id)) for key_id in renewed}
    return {
        key_id: max(moment for moment in several if moment is not None)
        for key_id, several in moments.items()
        if any(several)
    }


def _sighting(key: VirtualKey, signs: Signs) -> Sighting:
    return Sighting(
        kind=Kind.POSSIBLE_LEAK,
        severity=signs.severity,
        cause=f"{CAUSE}{key.id}",
        title=f"Virtual key {key.id} of {key.customer_id} {_words(signs)}",
        facts={
            "networks": signs.networks[:NETWORKS_NAMED_MAX],
            "networks_count": len(signs.networks),
            **(signs.burst.facts if signs.burst is not None else {}),
        },
        customer_id=key.customer_id,
        team_id=key.team_id,
        virtual_key_id=key.id,
    )


def _words(signs: Signs) -> str:
    words = []
    if signs.networks:
        more = len(signs.networks) - 1
        others = f" and {more} more" if more else ""
        words.append(f"is used from a new network, {signs.networks[0]}{others}")
    if (burst := signs.burst) is not None:
        words.append(
            f"made {burst.requests:,} requests in an hour, where {burst.usual:,} are usual"
        )
    return f"{', and '.join(words)}."
