"""Reads of budgets with what is spent and reserved of them now."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from billing.money import ZERO
from billing.periods import Window, bucket_length, rolling_length, window_at
from controlplane.budgets.models import Balance, BalanceBucket, Budget, LimitChange


@dataclass(frozen=True, slots=True)
class CurrentBalance:
    """What is left of a budget in the window that holds now."""

    limit_usd: Decimal
    """The limit in force: the budget's own with what was raised, lent or lowered for a time."""
    spent_usd: Decimal
    reserved_usd: Decimal
    remaining_usd: Decimal
    window_start: datetime
    window_end: datetime | None


def budgets_in_force() -> QuerySet[Budget]:
    owners = ("customer", "team__customer", "virtual_key__customer")
    return Budget.objects.filter(archived_at=None).select_related(*owners)


def current_balances(
    budgets: Iterable[Budget], at: datetime, limits: dict[str, Decimal] | None = None
) -> dict[str, CurrentBalance]:
    """By budget id, in at most three queries. Nothing is spent in a window nobody has called in.

    `limits` are those in force, where they are known already.
    """
    budgets = list(budgets)
    found = {row.budget_id: row for row in _balances(budgets, at)}
    gone = _left_windows(budgets, found, at)
    limits = limits_in_force(budgets, at) if limits is None else limits
    # Thousands of budgets have a few windows between them, and a calendar takes its time.
    alike = {(each.window, each.timezone) for each in budgets}
    windows = {turn: window_at(*turn, at) for turn in alike}
    return {
        budget.id: _current(
            limits[budget.id],
            found.get(budget.id),
            gone.get(budget.id, ZERO),
            _moved(budget.window, windows[budget.window, budget.timezone], at),
        )
        for budget in budgets
    }


def _moved(period: str, window: Window, at: datetime) -> Window:
    """A rolling window ends now."""
    length = rolling_length(period)
    return Window(at - length, at) if length else window


def _balances(budgets: Iterable[Budget], at: datetime) -> Iterable[Balance]:
    """Of the windows that hold. Budgets whose windows turn together are asked for together."""
    by_window: dict[tuple[str, datetime], list[str]] = defaultdict(list)
    for budget in budgets:
        start = window_at(budget.window, budget.timezone, at).start
        by_window[budget.window, start].append(budget.id)
    wanted = Q()
    for (period, start), ids in by_window.items():
        wanted |= Q(budget_id__in=ids, period=period, window_start=start)
    return Balance.objects.filter(wanted) if wanted else ()


def limits_in_force(budgets: Iterable[Budget], at: datetime) -> dict[str, Decimal]:
    """By budget id, as `budgets_limit_in_force` tells the ledger. In one query."""
    budgets = list(budgets)
    changes = changes_in_force(at).filter(budget__in=budgets).order_by()
    changed = dict(changes.values_list("budget_id").annotate(Sum("amount_usd")))
    return {each.id: max(ZERO, each.limit_usd + changed.get(each.id, ZERO)) for each in budgets}


def changes_in_force(at: datetime) -> QuerySet[LimitChange]:
    """The changes of limits that hold at an instant."""
    ends_later = Q(ends_at=None) | Q(ends_at__gt=at)
    return LimitChange.objects.filter(ends_later, starts_at__lte=at, undone_at=None)


def _current(
    limit: Decimal, balance: Balance | None, gone: Decimal, window: Window
) -> CurrentBalance:
    spent = balance.spent_usd - gone if balance else ZERO
    reserved = balance.reserved_usd if balance else ZERO
    return CurrentBalance(
        limit_usd=limit,
        spent_usd=spent,
        reserved_usd=reserved,
        remaining_usd=limit - spent - reserved,
        window_start=window.start,
        window_end=window.end,
    )


def _left_windows(
    budgets: Iterable[Budget], found: dict[str, Balance], at: datetime
) -> dict[str, Decimal]:
    """By rolling budget: what its balance still counts although its window has moved past it."""
    rolling: dict[timedelta, list[Balance]] = defaultdict(list)
    for budget in budgets:
        length = rolling_length(budget.window)
        if length and budget.id in found:
            rolling[length].append(found[budget.id])
    past = Q()
    for length, balances in rolling.items():
        edge = at - length - bucket_length(length)
        past |= Q(balance__in=balances, bucket_start__lte=edge)
    if not past:
        return {}
    sums = BalanceBucket.objects.filter(past).values_list("balance__budget_id")
    return dict(sums.annotate(Sum("spent_usd")).order_by())
