"""Unusual: one run of the detector over all usage, as sightings for `keep_alerts`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from billing.anomalies.detection import Series, detect
from billing.anomalies.labels import Label, Verdict
from billing.anomalies.places import Place
from controlplane.alerts.models import CAUSE_LENGTH_MAX, Alert, Kind
from controlplane.alerts.services import Sighting
from controlplane.alerts.unusual.findings import Finding
from controlplane.alerts.unusual.glances import glances
from controlplane.alerts.unusual.histories import History
from controlplane.alerts.unusual.telling import sighting
from controlplane.budgets.freshness import freshness

AREA = "unusual/"
SLOT = timedelta(minutes=5)
NOISE_FOR = timedelta(days=90)
CLOSED_FOR = timedelta(days=1)
LABELS_MAX = 1000


def unusual(opened: Mapping[str, Alert], at: datetime) -> list[Sighting] | None:
    """All that is unusual up to the last slot that is over; None while nobody can tell.

    While books are behind, what is missing from them looks like silence.
    """
    now = end_of_slot(at)
    if freshness(at).is_behind:
        return None
    known = [*opened.values(), *_closed(now)]
    watched = {_subject(alert) for alert in opened.values()}
    causes = detect(_series(now), now.timestamp(), watched, _labels(now))
    found: dict[str, Sighting] = {}
    for cause in sorted(causes, key=lambda each: each.lead.event.since):
        if not cause.is_open:
            continue
        finding = Finding(cause, now)
        name = _cause(finding, known)
        if name not in found:
            found[name] = sighting(finding, name)
    return list(found.values())


def end_of_slot(at: datetime) -> datetime:
    """Of the last slot of five minutes that is over."""
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)


def _series(now: datetime) -> Iterable[Series]:
    histories: dict[Place, History] = {}
    for place, measure, glance in glances(now):
        history = histories.setdefault(place, History(place, now))
        yield Series(place, measure, glance, lambda h=history, m=measure: h.grid(m))  # type: ignore[misc]


def _cause(finding: Finding, known: Iterable[Alert]) -> str:
    """That of the alert on the same thing, if there is one: its place may be told better by now."""
    signs = {(sign.place, sign.measure) for sign in finding.cause.signs}
    for alert in known:
        if _subject(alert) in signs:
            return alert.cause
    where = "/".join(id for _, id in finding.cause.place.path)
    name = f"{AREA}{finding.since:%Y-%m-%dT%H:%M}/{finding.cause.lead.measure}/{where}"
    return name[:CAUSE_LENGTH_MAX]


def _closed(now: datetime) -> list[Alert]:
    """Those that somebody closed of late: what they were about is not told again."""
    closed = Alert.objects.filter(kind=Kind.UNUSUAL, resolved_at__gte=now - CLOSED_FOR)
    return list(closed.exclude(resolved_by=""))


def _labels(now: datetime) -> list[Label]:
    """What people said of earlier ones."""
    planned = Q(feedback=Verdict.PLANNED, planned_until__gt=now)
    noise = Q(feedback=Verdict.NOISE, feedback_at__gt=now - NOISE_FOR)
    alerts = Alert.objects.filter(planned | noise, kind=Kind.UNUSUAL).order_by("-feedback_at")
    return [_label(alert) for alert in alerts[:LABELS_MAX]]


def _label(alert: Alert) -> Label:
    place, measure = _subject(alert)
    if alert.planned_until is not None:
        return Label(place, Verdict.PLANNED, alert.planned_until.timestamp())
    assert alert.feedback_at is not None, "feedback has its time"
    until = alert.feedback_at + NOISE_FOR
    return Label(place, Verdict.NOISE, until.timestamp(), measure)


def _subject(alert: Alert) -> tuple[Place, str]:
    """The series that its facts name."""
    place = alert.facts.get("place", {})
    return Place(tuple((str(k), str(v)) for k, v in place.items())), alert.facts.get("measure", "")
