"""Budgets as they were at an instant that is over: which, with what limit, and what was spent.

Limits come from the audit log and the changes that held then. Spent is what the owners' requests
cost from the window's start, or the budget's own if it is later, up to the instant: from the
rollup by whole hours, and from the records at both ends, so that it is exact. What was imported
is counted, too. What was reserved then is kept nowhere, and is none.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from billing.money import ZERO
from billing.periods import Window, rolling_length, window_at
from controlplane.accounts.permissions import Resource
from controlplane.audit.models import AuditEvent
from controlplane.budgets.models import Budget, LimitChange
from controlplane.budgets.queries import CurrentBalance
from controlplane.budgets.standing import Standing

CHANGED = ("limit_usd", "window", "timezone", "enforcement", "name")

SPENT = """
WITH asked AS (
    SELECT budget, kind, owner, start, until,
           date_bin('1 hour', start + '1 hour - 1 microsecond'::interval, 'epoch') AS first,
           date_bin('1 hour', until, 'epoch') AS last
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
         AS asked (budget, kind, owner, start, until)
), facets AS (
    SELECT asked.*, id, by_key FROM asked JOIN usage_facet ON customer_id = owner
    WHERE kind = 'customer' AND NOT by_key
    UNION ALL
    SELECT asked.*, id, by_key FROM asked JOIN usage_facet ON team_id = owner
    WHERE kind = 'team' AND NOT by_key
    UNION ALL
    SELECT asked.*, id, by_key FROM asked JOIN usage_facet ON virtual_key_id = owner
    WHERE kind = 'virtual_key' AND by_key
), edge AS (
    SELECT budget, kind, owner, start AS since, least(first, until) AS before
    FROM asked WHERE start < first
    UNION ALL
    SELECT budget, kind, owner, last, until FROM asked WHERE first <= last AND last < until
), part AS (
    SELECT budget, cost_usd
    FROM facets JOIN usage_rollup rollup ON facet_id = id AND rollup.by_key = facets.by_key
    WHERE hour >= first AND hour < last
    UNION ALL
    SELECT budget, cost_usd FROM edge JOIN usage_usagerecord ON at >= since AND at < before
    WHERE owner = CASE kind WHEN 'customer' THEN customer_id WHEN 'team' THEN team_id
                            ELSE virtual_key_id END
    UNION ALL
    SELECT budget, amount_usd
    FROM asked JOIN budgets_balance balance ON balance.budget_id = budget
    JOIN budgets_ledgerentry entry ON balance_id = balance.id
    WHERE at >= start AND at < until
)
SELECT budget, sum(cost_usd) FROM part GROUP BY budget
"""


def budgets_at(at: datetime) -> QuerySet[Budget]:
    """Those that were in force then; what people changed of them since is not undone."""
    owners = ("customer", "team__customer", "virtual_key__customer")
    rows = Budget.objects.filter(Q(archived_at=None) | Q(archived_at__gt=at), created_at__lte=at)
    return rows.select_related(*owners)


def as_they_were(budgets: Iterable[Budget], at: datetime) -> list[Budget]:
    """The same with limit, window, zone and enforcement of then. One query."""
    rows = list(budgets)
    known = {budget.id: budget for budget in rows}
    events = AuditEvent.objects.filter(
        resource=Resource.BUDGETS, object_id__in=list(known), at__gt=at, action="update"
    )
    before: dict[str, dict[str, Any]] = defaultdict(dict)
    for event in events.order_by("id"):
        for name in CHANGED:
            if name in event.changes:
                before[event.object_id].setdefault(name, event.changes[name][0])
    return [_with(budget, before[budget.id]) for budget in rows]


def standings_at(budgets: Sequence[Budget], at: datetime) -> dict[str, Standing]:
    """By budget id, of budgets as they were then, without forecasts. Two queries."""
    changes: dict[str, list[LimitChange]] = defaultdict(list)
    for change in _changes_at(at).filter(budget__in=budgets):
        changes[change.budget_id].append(change)
    windows = {each.id: _window(each, at) for each in budgets}
    spent = spent_until(budgets, windows, at)
    return {
        each.id: Standing(
            each,
            _balance(each, changes[each.id], windows[each.id], spent.get(each.id, ZERO)),
            tuple(changes[each.id]),
        )
        for each in budgets
    }


def spent_until(
    budgets: Iterable[Budget], windows: dict[str, Window], at: datetime
) -> dict[str, Decimal]:
    """By budget id, what was booked on its owner in its window up to an instant. One query."""
    asked = [
        (each.id, str(each.owner_type), each.owner_id, max(windows[each.id].start, each.created_at))
        for each in budgets
    ]
    if not asked:
        return {}
    with connection.cursor() as cursor:
        columns = [*map(list, zip(*asked, strict=True)), [at] * len(asked)]
        cursor.execute(SPENT, columns)
        return {budget: spent or ZERO for budget, spent in cursor.fetchall()}


def _changes_at(at: datetime) -> QuerySet[LimitChange]:
    held = Q(ends_at=None) | Q(ends_at__gt=at)
    return LimitChange.objects.filter(held, Q(undone_at=None) | Q(undone_at__gt=at)).filter(
        starts_at__lte=at
    )


def _window(budget: Budget, at: datetime) -> Window:
    length = rolling_length(budget.window)
    return Window(at - length, at) if length else window_at(budget.window, budget.timezone, at)


def _balance(
    budget: Budget, changes: Iterable[LimitChange], window: Window, spent: Decimal
) -> CurrentBalance:
    limit = max(ZERO, budget.limit_usd + sum((each.amount_usd for each in changes), ZERO))
    return CurrentBalance(
        limit_usd=limit,
        spent_usd=spent,
        reserved_usd=ZERO,
        remaining_usd=limit - spent,
        window_start=window.start,
        window_end=window.end,
    )


def _with(budget: Budget, values: dict[str, Any]) -> Budget:
    """A copy; money is text in the log."""
    then = copy.copy(budget)
    for name, value in values.items():
        setattr(then, name, Decimal(str(value)) if name == "limit_usd" else value)
    return then
