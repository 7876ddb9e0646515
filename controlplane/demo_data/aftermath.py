"""What the time has left behind beside records: alerts that are over, rules, how providers fare."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from billing.money import ZERO
from controlplane.accounts.models import Customer
from controlplane.alerts import services
from controlplane.alerts.models import Kind, Severity
from controlplane.alerts.unusual.facts import Part, Point, UnusualFacts
from controlplane.demo_data.events import OUT_PROVIDER, SPIKE_KEY, outage, spike, spike_caller
from controlplane.demo_data.offers import VENDORS
from controlplane.demo_data.people import CUSTOMERS
from controlplane.demo_data.rhythm import HOUR, Span
from controlplane.metadata_rules.services import create_rule
from controlplane.usage.models import UsageRecord

Reported = str | int | float | datetime | None
Erred = tuple[str | None, datetime | None]

DAY = timedelta(days=1)
NOTICED = timedelta(minutes=20)
SHOWN = timedelta(hours=48)  # before the end of a spike
BAND = 0.35  # of what is expected, up and down
SPIKE_TITLE = (
    "Initech’s support chat spends far more than usual: the same long request, again and again."
)
ENVIRONMENTS = ["production", "staging"]
# A model that does not answer just now, since when, and why.
SICK, SICK_SINCE, SICK_CODE = "llama-4-maverick", timedelta(minutes=14), "connect_failed"
HEALTH = """
    INSERT INTO catalog_deploymenthealth (
        process_id, provider_id, model, credential_index, state, since,
        last_error_code, last_error_at, attempts, failures, p50_ms, reported_at
    ) VALUES ('demo', %s, %s, 0, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""


def leave_behind(end: datetime) -> None:
    """Tells of the spike and of the outage, and how every model fares for a day from now on."""
    _tell_of_spike(spike(end), end)
    _tell_of_outage(outage(end), end)
    acme = Customer.objects.get(id=CUSTOMERS[0].id)
    create_rule(customer=acme, key="environment", required=True, allowed_values=ENVIRONMENTS)
    with connection.cursor() as cursor:
        cursor.executemany(HEALTH, list(_health(end)))


def _tell_of_spike(loop: Span, end: datetime) -> None:
    points = _points(Span(loop.end - SHOWN, loop.end), loop)
    caller = spike_caller()
    during = [point for point in points if point["at"] >= loop.start.isoformat()]
    observed = sum(point["observed"] for point in during)
    expected = sum(point["expected"] for point in during)
    above = Decimal(str(round(observed - expected, 6)))
    if loop.start + NOTICED >= end or above <= 0:
        return
    opened = services.open_alert(
        at=loop.start + NOTICED,
        kind=Kind.UNUSUAL,
        severity=Severity.WARNING,
        cause=f"demo/{SPIKE_KEY}",
        title=SPIKE_TITLE,
        facts={**_facts(loop, points, observed, expected, above)},
        amount_usd=above,
        customer_id=caller.customer.id,
        team_id=caller.team.id,
        virtual_key_id=SPIKE_KEY,
    )
    how = "The loop was a client that retried on its own time-out; it was rolled back."
    services.resolve_alert(opened.alert, how=how, by="demo", at=loop.end)
    services.judge_alert(opened.alert, feedback="real", by="demo")


def _facts(
    loop: Span, points: list[Point], observed: float, expected: float, above: Decimal
) -> UnusualFacts:
    place = {"customer": spike_caller().customer.id, "virtual_key": SPIKE_KEY}
    hours = Decimal((loop.end - loop.start) / HOUR)
    return UnusualFacts(
        measure="spend",
        form="spike",
        changed="requests",
        place=place,
        since=loop.start.isoformat(),
        seen_at=(loop.start + NOTICED).isoformat(),
        window_seconds=3600,
        observed=observed,
        expected=expected,
        times=observed / expected if expected else None,
        above_usd=str(above),
        above_usd_per_day=str(round(above / hours * 24, 2)),
        points=points,
        because="more requests",
        parts=[Part(words="more requests", amount_usd=str(above))],
        carriers=[],
        rows={"fields": place, "start": loop.start.isoformat(), "end": loop.end.isoformat()},
    )


def _points(shown: Span, loop: Span) -> list[Point]:
    """By hour; what is usual is the same hour of the day before, and nothing of the loop."""
    spent = _spent_by_hour(shown.start - DAY, shown.end)
    hours = int((shown.end - shown.start) / HOUR)
    points = []
    for at in (shown.start + each * HOUR for each in range(hours)):
        usual = float(spent.get(at - DAY, ZERO))
        low, high = usual * (1 - BAND), usual * (1 + BAND)
        cost = float(spent.get(at, ZERO))
        points.append(Point(at=at.isoformat(), observed=cost, expected=usual, low=low, high=high))
    return points


def _spent_by_hour(start: datetime, end: datetime) -> dict[datetime, Decimal]:
    rows = UsageRecord.objects.filter(virtual_key_id=SPIKE_KEY, at__gte=start, at__lt=end)
    spent: dict[datetime, Decimal] = {}
    for at, cost in rows.values_list("at", "cost_usd"):
        hour = at.replace(minute=0, second=0, microsecond=0)
        spent[hour] = spent.get(hour, ZERO) + (cost or ZERO)
    return spent


def _tell_of_outage(out: Span, end: datetime) -> None:
    opened = services.open_alert(
        at=out.start + timedelta(minutes=1),
        kind=Kind.PROVIDER_PAUSED,
        severity=Severity.CRITICAL,
        cause=f"demo/{OUT_PROVIDER}",
        title="OpenAI answers nothing; requests with a fallback are answered by others.",
        provider_id=OUT_PROVIDER,
    )
    services.resolve_alert(opened.alert, how="It is called again.", at=min(out.end, end))


def _health(end: datetime) -> Iterator[tuple[Reported, ...]]:
    """One row for each model, as the process that served the records would have reported it."""
    for vendor in VENDORS:
        for number, offer in enumerate(vendor.offers):
            attempts = 40 + 17 * number
            median = offer.first_ms + 300 * offer.token_ms
            is_sick = offer.model == SICK
            since = end - (SICK_SINCE if is_sick else 6 * HOUR)
            state, failed = ("open", 20) if is_sick else ("closed", number % 2)
            error: Erred = (SICK_CODE, since) if is_sick else (None, None)
            place = (vendor.id, offer.model, state, since)
            yield (*place, *error, attempts, failed, float(median), end + DAY)
