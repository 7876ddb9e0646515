"""Over: budgets that have spent a share of their limit in force that somebody wants to know of.

The highest threshold that is reached is the one that is told, once a window. Each whole percent
more is news for the alert that is open, so that ten thousand budgets are few rows to write.
"""

from collections.abc import Iterable, Mapping, Sequence

from billing.money import format_usd
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.watching.standings import Standing
from controlplane.alerts.watching.words import at_least_warning, by_money, money

AREA = "over/"
USED_UP = 100
ATTENTION = 80
# What leaves a rolling window and comes back is not news: so many points below it is over.
ROLLING_SLACK = 5


def over(budgets: Iterable[Standing], opened: Mapping[str, Alert]) -> list[Sighting]:
    """`opened` are the open alerts by cause."""
    found = []
    for standing in budgets:
        threshold = _reached(standing, opened)
        if threshold is not None:
            found.append(_sighting(standing, threshold, opened.get(_cause(standing, threshold))))
    return found


def how_it_ended(alert: Alert, seen: Sequence[Sighting]) -> str:
    """What is to say of an alert that is not seen any more."""
    place = alert.cause.rpartition("/")[0]
    if any(each["cause"].rpartition("/")[0] == place for each in seen):
        return "The next threshold is reached."
    return "Its window is over, its limit was raised, or less is spent of it."


def _reached(standing: Standing, opened: Mapping[str, Alert]) -> float | None:
    percent = standing.percent_spent
    reached = [
        threshold
        for threshold in standing.budget.alert_thresholds
        if threshold <= percent + _slack(standing, threshold, opened)
    ]
    return max(reached, default=None)


def _slack(standing: Standing, threshold: float, opened: Mapping[str, Alert]) -> int:
    return ROLLING_SLACK if standing.is_rolling and _cause(standing, threshold) in opened else 0


def _cause(standing: Standing, threshold: float) -> str:
    return f"{AREA}{standing.budget.id}/{standing.window}/{threshold:g}"


def _sighting(standing: Standing, threshold: float, known: Alert | None) -> Sighting:
    limit, percent = standing.balance.limit_usd, standing.percent_spent
    facts = {
        "threshold_percent": threshold,
        "spent_percent": percent,
        "limit_usd": format_usd(limit),
        "enforcement": standing.budget.enforcement,
    }
    is_known = known is not None and known.facts == facts
    return Sighting(
        kind=Kind.OVER,
        severity=_severity(standing, threshold),
        cause=_cause(standing, threshold),
        title=known.title if known is not None and is_known else _title(standing),
        facts=facts,
        amount_usd=known.amount_usd if known and is_known else standing.balance.spent_usd,
        **standing.subject(),  # type: ignore[typeddict-item]
    )


def _title(standing: Standing) -> str:
    balance = standing.balance
    spent = f"{money(balance.spent_usd)} of {money(balance.limit_usd)}"
    if standing.percent_spent < USED_UP:
        return f"{standing.words} has spent {standing.percent_spent} % of its limit: {spent}."
    if standing.over_usd:
        return f"{standing.words} is over by {money(standing.over_usd)}: {spent} spent."
    effect = f"; its requests are refused {standing.until}" if standing.is_hard else ""
    return f"{standing.words} is used up: {spent} spent{effect}."


def _severity(standing: Standing, threshold: float) -> Severity:
    """Used up is at least a warning; below that nothing is critical."""
    limit = standing.balance.limit_usd
    if threshold >= USED_UP:
        return at_least_warning(limit)
    calm = threshold < ATTENTION or by_money(limit) == Severity.INFO
    return Severity.INFO if calm else Severity.WARNING
