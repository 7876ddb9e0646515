"""A finding as an alert: its sentence, its facts, whom it is about and how urgent it is."""

from datetime import UTC, datetime
from decimal import Decimal

from billing.anomalies.events import Kind as Form
from billing.because import because, reasons
from billing.money import format_usd
from controlplane.alerts.models import TITLE_LENGTH_MAX, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.unusual.facts import Part, Rows, UnusualFacts
from controlplane.alerts.unusual.findings import Finding
from controlplane.alerts.watching.words import at_least_warning, by_money, moment, money

PARTS_MAX = 12
TIMES_SAID_MAX = 100
LEVEL_WORDS = {"customer": "Customer", "team": "Team", "virtual_key": "Key", "model": "Model"}
# What a place does more or less of.
MEASURE_WORDS = {
    "spend": "spends",
    "requests": "sends requests at",
    "errors": "gets errors at",
    "refusals": "is refused at",
    "tokens_per_request": "uses tokens a request at",
    "cache_hits": "is answered from the cache at",
}
CHANGED_WORDS = {
    "requests": "more requests",
    "mix": "other models",
    "cache": "fewer cache hits",
    "retries": "refused requests that are repeated",
    "tokens": "longer requests",
    "price": "a higher price per token",
    "errors": "more errors",
    "refusals": "more refusals",
}


def sighting(finding: Finding, cause: str) -> Sighting:
    """What `keep_alerts` takes."""
    ids = finding.cause.place.ids()
    return Sighting(
        kind=Kind.UNUSUAL,
        severity=_severity(finding),
        cause=cause,
        title=_title(finding)[:TITLE_LENGTH_MAX],
        facts=dict(_facts(finding)),
        amount_usd=max(Decimal(0), finding.above_usd),
        customer_id=ids.get("customer"),
        team_id=ids.get("team"),
        virtual_key_id=ids.get("virtual_key"),
        model_id=ids.get("model"),
    )


def _facts(finding: Finding) -> UnusualFacts:
    lead, (observed, expected) = finding.cause.lead, finding.observed_and_expected
    return UnusualFacts(
        measure=lead.measure,
        form=lead.event.kind.value,
        changed=finding.changed,  # type: ignore[typeddict-item]
        place=dict(finding.cause.place.ids()),
        since=finding.since.isoformat(),
        seen_at=datetime.fromtimestamp(lead.event.seen_at, UTC).isoformat(),
        window_seconds=int((finding.now - finding.since).total_seconds()),
        observed=observed,
        expected=expected,
        times=round(observed / expected, 2) if expected else None,
        above_usd=format_usd(finding.above_usd),
        above_usd_per_day=format_usd(finding.above_usd_per_day),
        points=finding.points,
        because=because(finding.split),
        parts=_parts(finding),
        carriers=finding.carriers,
        rows=_rows(finding),
    )


def _parts(finding: Finding) -> list[Part]:
    """New and gone models are each a part; the smallest are left out of very many."""
    found = reasons(finding.split)[:PARTS_MAX]
    return [Part(words=each.words, amount_usd=format_usd(each.amount_usd)) for each in found]


def _rows(finding: Finding) -> Rows:
    return Rows(
        fields=dict(finding.cause.place.ids()),
        start=finding.since.isoformat(),
        end=finding.now.isoformat(),
    )


def _severity(finding: Finding) -> Severity:
    """By what a day of it costs; what is no money is a warning."""
    per_day = max(Decimal(0), finding.above_usd, finding.above_usd_per_day)
    return by_money(per_day) if finding.measure == "spend" else at_least_warning(per_day)


def _title(finding: Finding) -> str:
    level, id = finding.cause.place.path[-1]
    name = f"{LEVEL_WORDS.get(level, level.partition('.')[2])} {id}"
    since = moment(finding.since)
    if finding.cause.lead.event.kind is Form.SILENCE:
        return f"{name} is silent since {since}: {_expected(finding)} were usual."
    observed, expected = finding.observed_and_expected
    times = f"{observed / expected:.1f} times the usual" if expected else "far above nothing"
    if expected and observed / expected > TIMES_SAID_MAX:
        times = f"over {TIMES_SAID_MAX} times the usual"
    because = CHANGED_WORDS.get(finding.changed, finding.changed)
    above = f", {money(finding.above_usd)} above the usual so far" if finding.above_usd > 0 else ""
    return f"{name} {MEASURE_WORDS[finding.measure]} {times} since {since}: {because}{above}."


def _expected(finding: Finding) -> str:
    expected = finding.observed_and_expected[1]
    if finding.measure == "spend":
        return money(Decimal(repr(expected)))
    return f"{expected:,.0f} {finding.measure.replace('_', ' ')}"
