"""What the overview asks the books: two rounds, one snapshot each, all from the rollup."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from billing.money import ZERO
from controlplane.dashboard.filters.only import only
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.usage.filters import RecordFilter
from controlplane.usage.hours import Hours
from controlplane.usage.limits import limited_report
from controlplane.usage.summary import Group, Summary
from controlplane.usage.together import Asked, summarise_together

SHOWN = 7
HISTORY_DAYS = 63
PROFILE_DAYS = 14
LINE_DAYS = 30
GROUPS_MAX = 5000
DAYS_MAX = 40_000


@dataclass(frozen=True)
class Figures:
    """Summaries of the period (`now`) and of the same part of the other one (`before`)."""

    filter: PageFilter
    by: str
    now: Summary
    before: Summary | None
    customers: Summary
    keys: Summary
    keys_before: Summary | None
    days: Summary
    hours: Summary
    lines: Mapping[str | int | None, list[Decimal]]

    @property
    def spent(self) -> Decimal:
        return self.now.total.cost_usd or ZERO

    @cached_property
    def spent_by_day(self) -> dict[date, Decimal]:
        """Of every day with a record, from before the compared period on."""
        return {
            date.fromisoformat(str(group.values[0])): group.sums.cost_usd or ZERO
            for group in self.days.groups
        }

    @property
    def shown(self) -> list[Group]:
        """The dearest; what is without a value has a line of its own."""
        return [group for group in self.now.groups if group.values[0] is not None][:SHOWN]


def figures_for(chosen: PageFilter, by: str) -> Figures:
    """All figures of the overview. Raises `DomainError` where that takes too long."""
    now, before = chosen.records, chosen.compared_records
    compared = [Asked(before, (by,), GROUPS_MAX), _keys(before)] if before else []
    with limited_report():
        asked_before = Hours()
        first, customers, keys, days, hours, *others = summarise_together(
            [
                Asked(now, (by,), GROUPS_MAX),
                Asked(now, ("customer",), GROUPS_MAX),
                _keys(now),
                Asked(_history(chosen), ("day",), DAYS_MAX),
                Asked(_profile(chosen), ("hour",), DAYS_MAX),
                *compared,
            ],
            asked_before,
        )
        known = Figures(
            filter=chosen,
            by=by,
            now=first,
            before=others[0] if others else None,
            customers=customers,
            keys=keys,
            keys_before=others[1] if others else None,
            days=days,
            hours=hours,
            lines={},
        )
        return replace(known, lines=_lines(known, asked_before))


def _keys(records: RecordFilter) -> Asked:
    return Asked(records, ("customer", "virtual_key", "model", "cache"), DAYS_MAX)


def _history(chosen: PageFilter) -> RecordFilter:
    """The compared period and this one, and enough before today for a forecast."""
    starts = [chosen.span.start, chosen.now - timedelta(days=HISTORY_DAYS)]
    if chosen.compared is not None:
        starts.append(chosen.compared.start)
    return replace(chosen.fields, start=min(starts), end=chosen.now)


def _last_days(chosen: PageFilter, days: int) -> RecordFilter:
    """Whole days up to yesterday."""
    today = _midnight(chosen.now, chosen.period.timezone)
    return replace(chosen.fields, start=today - timedelta(days=days), end=today)


def _profile(chosen: PageFilter) -> RecordFilter:
    """By hours of UTC, whatever the zone: how days go is an estimate anyway."""
    return replace(_last_days(chosen, PROFILE_DAYS), timezone="UTC")


def _lines(known: Figures, hours: Hours) -> dict[str | int | None, list[Decimal]]:
    """By value, what each of the last thirty days cost."""
    values = tuple(group.values[0] for group in known.shown)
    if not values:
        return {}
    records = only(_last_days(known.filter, LINE_DAYS), known.by, values)
    (found,) = summarise_together([Asked(records, (known.by, "day"), GROUPS_MAX)], hours)
    costs = {group.values: group.sums.cost_usd or ZERO for group in found.groups}
    today = known.filter.now.astimezone(ZoneInfo(known.filter.period.timezone)).date()
    days = [(today - timedelta(days=back)).isoformat() for back in range(LINE_DAYS, 0, -1)]
    return {value: [costs.get((value, day), ZERO) for day in days] for value in values}


def _midnight(at: datetime, timezone: str) -> datetime:
    local = at.astimezone(ZoneInfo(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
