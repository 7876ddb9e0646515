"""The installation's own: books that are behind, books that disagree, providers that are paused."""

from collections.abc import Mapping
from datetime import datetime

from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.watching.days import cause_of_the_day
from controlplane.alerts.watching.words import moment
from controlplane.budgets.freshness import freshness
from controlplane.catalog.health import HealthState, ProviderHealth, health_of
from controlplane.catalog.models import Provider
from controlplane.usage.models import Verdict


def behind(opened: Mapping[str, Alert], at: datetime) -> list[Sighting]:
    """While a process of the data plane has not said for a minute how far it is."""
    books = freshness(at)
    if not books.is_behind or books.settled_to is None:
        return []
    settled = moment(books.settled_to)
    return [
        Sighting(
            kind=Kind.BOOKS_BEHIND,
            severity=Severity.WARNING,
            cause=cause_of_the_day("books-behind", opened, at),
            title=f"The books are behind: what was spent is settled up to {settled} only.",
            facts={"settled_to": books.settled_to.isoformat()},
        )
    ]


def disagree(opened: Mapping[str, Alert], at: datetime) -> list[Sighting]:
    """While the last verification found differences."""
    verdict = Verdict.objects.order_by("-at").first()
    if verdict is None or not verdict.differences:
        return []
    places = "1 place" if verdict.differences == 1 else f"{verdict.differences:,} places"
    return [
        Sighting(
            kind=Kind.DISAGREES,
            severity=Severity.CRITICAL,
            cause=cause_of_the_day("books-disagree", opened, at),
            title=f"Balances, ledger and usage disagree in {places}: run manage.py verify.",
            facts={"differences": verdict.differences, "verified_at": verdict.at.isoformat()},
        )
    ]


def paused(opened: Mapping[str, Alert], at: datetime) -> list[Sighting]:
    """Providers of which no process calls any deployment, for all of them fail."""
    active = list(Provider.objects.filter(is_active=True).values_list("id", flat=True))
    health = health_of(active)
    down = [id for id in active if health[id].state == HealthState.DOWN]
    causes = {id: cause_of_the_day(f"provider-paused/{id}", opened, at) for id in down}
    return [_paused(id, health[id], opened.get(causes[id]), causes[id]) for id in down]


def _paused(provider_id: str, health: ProviderHealth, known: Alert | None, cause: str) -> Sighting:
    """Its first sentence stays: what a circuit tries in between is no news."""
    since = min(each.since for each in health.deployments)
    if known is not None:
        since = min(since, datetime.fromisoformat(known.facts["since"]))
    errors = sorted({each.last_error_code for each in health.deployments if each.last_error_code})
    because = f" ({', '.join(errors[:3])})" if errors else ""
    return Sighting(
        kind=Kind.PROVIDER_PAUSED,
        severity=Severity.CRITICAL,
        cause=cause,
        title=f"Provider {provider_id} is paused since {moment(since)}: its calls fail{because}.",
        facts={"since": since.isoformat(), "error_codes": errors},
        provider_id=provider_id,
    )
