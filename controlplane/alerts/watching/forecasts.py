"""Runs out: hard and soft budgets whose window is likely to cost more than their limit.

Every key of an installation is too many to forecast: those are looked at that would exceed their
limit at thrice the pace of the last weeks, the furthest first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from billing.forecasts import Forecast, Spending, day_of_exhaustion, forecast
from billing.money import ZERO, format_usd
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.watching.standings import Standing
from controlplane.alerts.watching.words import by_money, money
from controlplane.usage.filters import RecordFilter
from controlplane.usage.summary import summarise

AREA = "runs-out/"
LIKELY = 0.5
# An alert that is open stays until it is unlikely, so that a forecast on the edge is no news.
UNLIKELY = 0.35
HISTORY = timedelta(days=63)
RECENT = timedelta(days=14)
PACE = 3
LOOKED_AT_MAX = 500
OWNERS_MAX = 100_000
DAY = timedelta(days=1)

Days = Mapping[str, Decimal]
"""What each day cost, by its date."""


@dataclass(frozen=True, slots=True)
class _Outlook:
    standing: Standing
    expected: Forecast
    runs_out_on: date | None


def runs_out(
    budgets: Iterable[Standing], opened: Mapping[str, Alert], at: datetime
) -> list[Sighting]:
    """Of budgets whose window ends, with two weeks of history. Raises `DomainError` if too slow."""
    found = []
    for each in _outlooks(_at_risk(budgets, at), at):
        chance = each.expected.chance_above(each.standing.balance.limit_usd)
        known = opened.get(_cause(each.standing))
        if chance >= (LIKELY if known is None else UNLIKELY):
            found.append(_sighting(each, known))
    return found


def _at_risk(budgets: Iterable[Standing], at: datetime) -> list[Standing]:
    """What is used up already is no forecast."""
    open_ended = [each for each in budgets if not each.is_rolling and each.balance.window_end]
    open_ended = [each for each in open_ended if each.balance.spent_usd < each.balance.limit_usd]
    paces = {
        owner_type: _recent_costs(owner_type, at)
        for owner_type in {each.budget.owner_type for each in open_ended}
    }
    weighed = []
    for each in open_ended:
        recent = paces[each.budget.owner_type].get(each.budget.owner_id, ZERO)
        left = Decimal((each.balance.window_end - at) / RECENT)  # type: ignore[operator]
        bound = each.balance.spent_usd + recent * left * PACE
        if bound > each.balance.limit_usd > ZERO:
            weighed.append((bound / each.balance.limit_usd, each))
    weighed.sort(key=lambda pair: (-pair[0], pair[1].budget.id))
    return [each for _, each in weighed[:LOOKED_AT_MAX]]


def _recent_costs(owner_type: str, at: datetime) -> dict[str, Decimal]:
    hour = at.replace(minute=0, second=0, microsecond=0)
    summary = summarise(
        RecordFilter(start=hour - RECENT, end=hour), (owner_type,), limit=OWNERS_MAX
    )
    return {str(each.values[0]): each.sums.cost_usd or ZERO for each in summary.groups}


def _outlooks(risky: Sequence[Standing], at: datetime) -> list[_Outlook]:
    """Owners of one kind and one time zone are asked for together."""

    def together(each: Standing) -> tuple[str, str]:
        return each.budget.owner_type, each.budget.timezone

    found = []
    for (owner_type, timezone), group in groupby(sorted(risky, key=together), together):
        several = list(group)
        ids = tuple({each.budget.owner_id for each in several})
        costs = _daily_costs(owner_type, ids, timezone, at)
        for each in several:
            outlook = _outlook(each, costs.get(each.budget.owner_id, {}), at)
            if outlook is not None:
                found.append(outlook)
    return found


def _daily_costs(
    owner_type: str, ids: tuple[str, ...], timezone: str, at: datetime
) -> dict[str, dict[str, Decimal]]:
    midnight = _midnight(at, timezone)
    records = RecordFilter(
        fields={owner_type: ids}, start=midnight - HISTORY, end=midnight, timezone=timezone
    )
    costs: dict[str, dict[str, Decimal]] = {}
    for each in summarise(records, (owner_type, "day"), limit=OWNERS_MAX).groups:
        owner, day = map(str, each.values)
        costs.setdefault(owner, {})[day] = each.sums.cost_usd or ZERO
    return costs


def _outlook(standing: Standing, costs: Days, at: datetime) -> _Outlook | None:
    """None where history is too short."""
    balance, zone = standing.balance, ZoneInfo(standing.budget.timezone)
    assert balance.window_end is not None, "those without an end are no risk"
    today, end = at.astimezone(zone).date(), balance.window_end.astimezone(zone).date()
    first = today - HISTORY
    days = [first + each * DAY for each in range(HISTORY.days)]
    spending = Spending(
        days=[(day, costs.get(day.isoformat(), ZERO)) for day in days],
        today=today,
        today_share=(at - _midnight(at, standing.budget.timezone)) / DAY,
    )
    expected = forecast(spending, spent_usd=balance.spent_usd, end=end)
    if not isinstance(expected, Forecast):
        return None
    runs_out_on = day_of_exhaustion(spending, left_usd=balance.limit_usd - balance.spent_usd)
    is_day = isinstance(runs_out_on, date)
    return _Outlook(standing, expected, runs_out_on if is_day else None)  # type: ignore[arg-type]


def _cause(standing: Standing) -> str:
    return f"{AREA}{standing.budget.id}/{standing.window}"


def _sighting(outlook: _Outlook, known: Alert | None) -> Sighting:
    """What is open is told anew when the day it runs out on is another one."""
    standing, expected = outlook.standing, outlook.expected.rounded()
    limit, day = standing.balance.limit_usd, outlook.runs_out_on
    facts = {
        "limit_usd": format_usd(limit),
        "runs_out_on": day.isoformat() if day else None,
    }
    excess = max(ZERO, expected.expected_usd - limit)
    same = known is not None and {**known.facts, **facts} == known.facts
    when = f" on {day.day} {day:%b %Y}" if day else ""
    title = (
        f"{standing.words} is likely to run out{when}: about {money(expected.expected_usd)} "
        f"({money(expected.low_usd)} to {money(expected.high_usd)}) of {money(limit)}."
    )
    if known is not None and same:
        facts, title, excess = known.facts, known.title, known.amount_usd or ZERO
    else:
        facts["expected_usd"] = format_usd(expected.expected_usd)
    at_most = by_money(excess)
    return Sighting(
        kind=Kind.RUNS_OUT,
        severity=Severity.WARNING if at_most == Severity.CRITICAL else at_most,
        cause=_cause(standing),
        title=title,
        facts=facts,
        amount_usd=excess,
        **standing.subject(),  # type: ignore[typeddict-item]
    )


def _midnight(at: datetime, timezone: str) -> datetime:
    local = at.astimezone(ZoneInfo(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
