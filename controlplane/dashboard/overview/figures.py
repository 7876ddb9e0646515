"""What the overview asks the books: two rounds, one snapshot each, all from the rollup."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from controlplane.usage.measures import SPENT
from controlplane.usage.summary import Group, Summary
from controlplane.usage.together import Asked, summarise_together

SHOWN = 7
HISTORY_DAYS = 63
PROFILE_DAYS = 7
LINE_DAYS = 30
GROUPS_MAX = 5000
DAYS_MAX = 40_000
MOVERS = 5
# What tells why one key costs more than before (`usage/consumption.py`).
BECAUSE = (
    *SPENT,
    *("answered", "exact_cache_hits", "semantic_cache_hits"),
    *("rescued_by_retry", "rescued_by_fallback", "input_tokens", "output_tokens"),
)

Key = tuple[str | int | None, ...]
"""A customer's id and a key's."""


@dataclass(frozen=True)
class Figures:
    """Summaries of the period (`now`) and of the same part of the other one (`before`).

    `keys` are by customer, key, model and cache, of the few keys that moved most (`moved`).
    """

    filter: PageFilter
    by: str
    now: Summary
    before: Summary | None
    customers: Summary
    days: Summary
    hours: Summary
    moved: Mapping[Key, tuple[Decimal, Decimal]]
    keys: Summary | None = None
    keys_before: Summary | None = None
    lines: Mapping[str | int | None, list[Decimal]] = field(default_factory=dict)

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
    compared = [Asked(before, (by,), GROUPS_MAX), _by_key(now), _by_key(before)] if before else []
    with limited_report():
        hours = Hours()
        first, customers, days, usual, *others = summarise_together(
            [
                Asked(now, (by,), GROUPS_MAX),
                Asked(now, ("customer",), GROUPS_MAX, SPENT),
                Asked(_history(chosen), ("day",), DAYS_MAX, SPENT),
                Asked(_profile(chosen), ("hour",), DAYS_MAX, SPENT),
                *compared,
            ],
            hours,
        )
        known = Figures(
            filter=chosen,
            by=by,
            now=first,
            before=others[0] if others else None,
            customers=customers,
            days=days,
            hours=usual,
            moved=_moved(*others[1:]) if others else {},
        )
        return _completed(known, hours)


def _by_key(records: RecordFilter) -> Asked:
    return Asked(records, ("customer", "virtual_key"), DAYS_MAX, SPENT)


def _moved(later: Summary, earlier: Summary) -> dict[Key, tuple[Decimal, Decimal]]:
    """What the keys cost, now and before, whose spend differs most; the largest first."""
    now, before = (
        {each.values: each.sums.cost_usd or ZERO for each in summary.groups}
        for summary in (later, earlier)
    )
    both = {key: (now.get(key, ZERO), before.get(key, ZERO)) for key in {*now, *before}}
    most = sorted(both, key=lambda key: (-abs(both[key][0] - both[key][1]), str(key)))
    return {key: both[key] for key in most[:MOVERS] if both[key][0] != both[key][1]}


def _completed(known: Figures, hours: Hours) -> Figures:
    """With the past of what is shown, and what the keys that moved consumed."""
    asked, before = [], known.filter.compared_records
    if known.shown:
        asked.append(_lately(known))
    if known.moved and before:
        asked += [_consumed(known, known.filter.records), _consumed(known, before)]
    found = summarise_together(asked, hours)
    lines = _lines(known, found.pop(0)) if known.shown else {}
    keys, keys_before = found or (None, None)
    return replace(known, lines=lines, keys=keys, keys_before=keys_before)


def _consumed(known: Figures, records: RecordFilter) -> Asked:
    keys = only(records, "virtual_key", sorted({key for _, key in known.moved}, key=str))
    return Asked(keys, ("customer", "virtual_key", "model", "cache"), DAYS_MAX, BECAUSE)


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


def _lately(known: Figures) -> Asked:
    values = tuple(group.values[0] for group in known.shown)
    records = only(_last_days(known.filter, LINE_DAYS), known.by, values)
    return Asked(records, (known.by, "day"), GROUPS_MAX, SPENT)


def _lines(known: Figures, found: Summary) -> dict[str | int | None, list[Decimal]]:
    """By value, what each of the last thirty days cost."""
    costs = {group.values: group.sums.cost_usd or ZERO for group in found.groups}
    today = known.filter.now.astimezone(ZoneInfo(known.filter.period.timezone)).date()
    days = [(today - timedelta(days=back)).isoformat() for back in range(LINE_DAYS, 0, -1)]
    values = [group.values[0] for group in known.shown]
    return {value: [costs.get((value, day), ZERO) for day in days] for value in values}


def _midnight(at: datetime, timezone: str) -> datetime:
    local = at.astimezone(ZoneInfo(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
