"""Notice of what ends: virtual keys, rotated secrets in their grace, and API tokens.

A week and a day before. What lives no longer than its notice, as a key for an afternoon, ends
without one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q
from django.utils import timezone

from controlplane.accounts.models import ApiToken
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Opened, Sighting, keep_alerts
from controlplane.keys.models import VirtualKey, VirtualKeySecret

WEEK, DAY = timedelta(days=7), timedelta(days=1)
AREA = "expires/"


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that is in use, and ends soon."""

    what: str
    """As a path: `virtual-key/vk_1`."""
    words: str
    effect: str
    began_at: datetime
    ends_at: datetime
    subject: dict[str, str | None]


def watch_expiry(at: datetime | None = None) -> list[Opened]:
    """Opens, and closes, the alerts about what ends soon."""
    now = at or timezone.now()
    found = [each for ending in _endings(now) if (each := _sighting(ending, now)) is not None]
    left = {each["cause"].rpartition("/")[0] for each in found}
    return keep_alerts(
        kind=Kind.EXPIRES, seen=found, over=lambda alert: _how(alert, left, now), area=AREA
    )


def _sighting(ending: Ending, now: datetime) -> Sighting | None:
    """By the shorter of the notices that is due."""
    notice = DAY if ending.ends_at - now <= DAY else WEEK
    if ending.ends_at - ending.began_at <= notice:
        return None
    moment = f"{ending.ends_at:%d %b %Y, %H:%M} UTC"
    return Sighting(
        kind=Kind.EXPIRES,
        severity=Severity.CRITICAL if notice == DAY else Severity.WARNING,
        cause=f"{AREA}{ending.what}/{ending.ends_at.isoformat()}/{notice.days}d",
        title=f"{ending.words} ends on {moment}: {ending.effect}",
        facts={"ends_at": ending.ends_at.isoformat(), "notice_days": notice.days},
        **ending.subject,  # type: ignore[typeddict-item]
    )


def _how(alert: Alert, left: set[str], now: datetime) -> str:
    if alert.cause.rpartition("/")[0] in left:
        return "Less than a day is left now."
    if datetime.fromisoformat(alert.facts["ends_at"]) <= now:
        return "It has ended."
    return "It was extended, replaced or revoked."


def _endings(now: datetime) -> Iterator[Ending]:
    soon: dict[str, Any] = {"expires_at__gt": now, "expires_at__lte": now + WEEK}
    for key in VirtualKey.objects.filter(is_active=True, **soon).iterator():
        yield _key(key)
    secrets = VirtualKeySecret.objects.filter(
        virtual_key__is_active=True, revoked_at=None, **soon
    ).select_related("virtual_key")
    # Its grace began when the newest secret came.
    rotated = secrets.annotate(rotated_at=Max("virtual_key__secrets__created_at"))
    key_goes_first = Q(virtual_key__expires_at__lte=F("expires_at"))
    for secret in rotated.exclude(key_goes_first).iterator():
        yield _secret(secret)
    for token in ApiToken.objects.filter(revoked_at=None, **soon).iterator():
        yield _token(token)


def _key(key: VirtualKey) -> Ending:
    assert key.expires_at is not None, "the query asks for one"
    return Ending(
        f"virtual-key/{key.id}",
        f"Virtual key {key.id} of {key.customer_id}",
        "its requests are refused from then on.",
        key.created_at,
        key.expires_at,
        _subject(key),
    )


def _secret(secret: Any) -> Ending:
    key = secret.virtual_key
    return Ending(
        f"secret/{key.id}/{secret.id}",
        f"The old secret …{secret.hint} of virtual key {key.id} of {key.customer_id}",
        "services that still send it are refused from then on.",
        secret.rotated_at,
        secret.expires_at,
        _subject(key),
    )


def _token(token: ApiToken) -> Ending:
    assert token.expires_at is not None, "the query asks for one"
    return Ending(
        f"api-token/{token.id}",
        f"API token {token.id}",
        "programs that use it are refused from then on.",
        token.created_at,
        token.expires_at,
        {"api_token_id": token.id, "customer_id": token.customer_id, "team_id": token.team_id},
    )


def _subject(key: VirtualKey) -> dict[str, str | None]:
    return {"customer_id": key.customer_id, "team_id": key.team_id, "virtual_key_id": key.id}
