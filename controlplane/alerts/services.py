"""Opening, closing and judging alerts. Whoever watches something calls these, and keeps no list.

`cause` says what is the same thing: of one cause at most one alert is open, whoever opens it and
however often.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, NotRequired, TypedDict, Unpack

from django.db import connection, transaction
from django.utils import timezone

from billing.anomalies.labels import Verdict
from controlplane import saving
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.errors import invalid
from controlplane.fields import new_id

LOCK_SPACE = 0x616C7274  # of the advisory locks on causes
PLANNED_FOR = timedelta(days=7)  # unless somebody says until when
PLANNED_FOR_MAX = timedelta(days=366)
UPDATED = ("severity", "title", "facts", "amount_usd")


class Sighting(TypedDict):
    """Something that is so now: what an alert says, and whom it is about."""

    kind: Kind
    severity: Severity
    cause: str
    title: str
    facts: NotRequired[dict[str, Any]]
    amount_usd: NotRequired[Decimal | None]
    customer_id: NotRequired[str | None]
    team_id: NotRequired[str | None]
    virtual_key_id: NotRequired[str | None]
    budget_id: NotRequired[str | None]
    api_token_id: NotRequired[str | None]
    provider_id: NotRequired[str | None]
    model_id: NotRequired[str | None]


class Opened(NamedTuple):
    """The open alert of a cause, and whether it had not been open before."""

    alert: Alert
    is_new: bool


@transaction.atomic
def open_alert(*, at: datetime | None = None, **seen: Unpack[Sighting]) -> Opened:
    """Opens the alert of a cause, or updates the one that is open; seen again, nothing changes.

    The cause is held until the end of the transaction: open one alert in each.
    """
    _hold(seen["cause"])
    is_open = Alert.objects.filter(cause=seen["cause"], resolved_at=None)
    if (found := is_open.select_for_update(no_key=True).first()) is not None:
        news = {name: value for name, value in seen.items() if name in UPDATED}
        return Opened(saving.change(found, news), False)
    alert = Alert(id=new_id("alert"), opened_at=at or timezone.now(), **seen)
    return Opened(saving.add(alert), True)


@transaction.atomic
def resolve_alert(
    alert: Alert, *, how: str = "", by: str = "", at: datetime | None = None
) -> Alert:
    """Ends it, by somebody or (`by=""`) by itself; what is over stays as it ended."""
    current = saving.lock(alert)
    if current.resolved_at is not None:
        return current
    ending = {"resolved_at": at or timezone.now(), "resolved_by": by, "resolution": how}
    return saving.change(current, ending)


@transaction.atomic
def judge_alert(
    alert: Alert, *, feedback: Verdict | str | None, by: str, until: datetime | None = None
) -> Alert:
    """What somebody says of it; None takes it back. `until` is for what was planned alone.

    Raises `DomainError` where `until` is over, too far away, or of what was not planned.
    """
    now = timezone.now()
    is_planned = feedback == Verdict.PLANNED
    if until is not None and not (is_planned and now < until < now + PLANNED_FOR_MAX):
        raise invalid("until", "Must be within a year from now, and is for what was planned.")
    judgement = {
        "feedback": feedback,
        "feedback_by": "" if feedback is None else by,
        "feedback_at": None if feedback is None else now,
        "planned_until": (until or now + PLANNED_FOR) if is_planned else None,
    }
    return saving.change(alert, judgement)


def keep_alerts(
    *, kind: Kind, seen: Iterable[Sighting], over: str | Callable[[Alert], str], area: str = ""
) -> list[Opened]:
    """Makes the open alerts of a kind those that were seen now: others are over, as `over` says.

    `area` is the beginning of the causes that were looked at. What somebody closed is not opened
    again for the same cause.
    """
    sightings = {each["cause"]: each for each in seen}
    known = Alert.objects.filter(kind=kind, resolved_at=None, cause__startswith=area)
    is_open = {alert.cause: alert for alert in known}
    for cause, alert in is_open.items():
        if cause not in sightings:
            resolve_alert(alert, how=over if isinstance(over, str) else over(alert))
    closed = Alert.objects.filter(cause__in=sightings).exclude(resolved_by="")
    done_with = set(closed.values_list("cause", flat=True))
    causes = sorted(sightings.keys() - done_with)
    return [_kept(is_open.get(cause), sightings[cause]) for cause in causes]


def _kept(alert: Alert | None, seen: Sighting) -> Opened:
    """What is open and unchanged costs no statement: thousands are seen again each minute."""
    news = {name: value for name, value in seen.items() if name in UPDATED}
    if alert is not None and all(getattr(alert, name) == value for name, value in news.items()):
        return Opened(alert, False)
    return open_alert(**seen)


def _hold(cause: str) -> None:
    """Nobody else opens an alert of this cause meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SPACE, cause])
