"""Carry-over: what is left of a window goes to the next one, up to the budget's cap.

A window is closed once, by whoever comes first: the job of each minute, or a change of the budget.
It holds the window's balance meanwhile, and what it carries over the window itself has no more; so
nothing can be spent in both, however late the job is. What was reserved then and comes back within
two days goes on to the next window, too.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Q
from django.utils import timezone as clock

from billing.money import ZERO
from billing.periods import Window, rolling_length, window_at
from billing.sql import statement
from controlplane import saving
from controlplane.budgets.models import Balance, Budget, ChangeKind, ClosedWindow, LimitChange
from controlplane.fields import new_id

REASON = "What was left of the window before."
BY = "carry-over"
WINDOWS_MAX = 400  # of one budget in one run
WATCHED_AFTER_CLOSE = timedelta(days=2)


def close_windows(now: datetime | None = None) -> int:
    """Of all budgets that carry over; how many windows were closed. Run twice, it is once."""
    now = now or clock.now()
    budgets = Budget.objects.filter(archived_at=None, carries_over_since__isnull=False)
    closed = 0
    for budget in budgets.annotate(closed_to=_closed_to()).order_by("id").iterator():
        if next(_over(budget, budget.closed_to, now), None) is not None:
            closed += len(close_windows_of(budget, now))
    _carry_what_came_back(now)
    return closed


@transaction.atomic
def close_windows_of(budget: Budget, now: datetime) -> list[ClosedWindow]:
    """Those of one budget that are over, in their order."""
    held = saving.lock(budget)
    if held.carries_over_since is None or held.archived_at is not None:
        return []
    last = held.closed_windows.filter(period=held.window).aggregate(to=Max("window_end"))["to"]
    windows = list(_over(held, last, now))
    return [_close(held, window, now) for window in windows]


def _closed_to() -> Max:
    return Max("closed_windows__window_end", filter=Q(closed_windows__period=F("window")))


def _over(budget: Budget, closed_to: datetime | None, now: datetime) -> Iterator[Window]:
    """Windows that ended since, the first being the one in which carrying over began."""
    since = budget.carries_over_since
    if since is None or budget.window == "lifetime" or rolling_length(budget.window) is not None:
        return
    at = max(since, closed_to) if closed_to is not None else since
    for _ in range(WINDOWS_MAX):
        window = window_at(budget.window, budget.timezone, at)
        if window.end is None or window.end > now:
            return
        yield window
        at = window.end


def _close(budget: Budget, window: Window, now: datetime) -> ClosedWindow:
    assert window.end is not None, "lifetimes are not closed"
    balance = _held_balance(budget, window)
    limit = _limit_at_end(budget, window.end)
    left = limit - balance.spent_usd - balance.reserved_usd
    carried = min(max(ZERO, left), budget.carry_over_max_usd or ZERO)
    following = window_at(budget.window, budget.timezone, window.end)
    closed = ClosedWindow(
        budget=budget,
        period=budget.window,
        window_start=window.start,
        window_end=window.end,
        limit_usd=limit,
        carried_usd=carried,
        closed_at=now,
    )
    if carried:
        closed.limit_change = _add(budget, carried, following)
    return saving.add(closed)


def _add(budget: Budget, carried: Decimal, following: Window) -> LimitChange:
    change = LimitChange(
        id=new_id("lim"),
        budget=budget,
        kind=ChangeKind.CARRIED_OVER,
        amount_usd=carried,
        starts_at=following.start,
        ends_at=following.end,
        reason=REASON,
        created_by=BY,
    )
    return saving.add(change)


def _held_balance(budget: Budget, window: Window) -> Balance:
    """Opened where nobody called, and held as by a draw: nobody draws of it meanwhile."""
    asked: dict[str, Any] = {
        "budgets": [budget.pk],
        "periods": [budget.window],
        "starts": [window.start],
        "ends": [window.end],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("open_balances"), asked)
    rows = Balance.objects.filter(budget=budget, period=budget.window, window_start=window.start)
    return rows.select_for_update().get()


def _limit_at_end(budget: Budget, end: datetime) -> Decimal:
    """As `budgets_limit_of_balance` has it of a window that is over and not closed."""
    changes = LimitChange.objects.filter(
        Q(ends_at=None) | Q(ends_at__gte=end), budget=budget, undone_at=None, starts_at__lt=end
    )
    changed = sum((each.amount_usd for each in changes), ZERO)
    return max(ZERO, budget.limit_usd + changed)


def _carry_what_came_back(now: datetime) -> None:
    """Money that was reserved at the close, and was not spent after all."""
    balances = Q(
        budget__balances__period=F("period"), budget__balances__window_start=F("window_start")
    )
    taken = F("budget__balances__spent_usd") + F("budget__balances__reserved_usd")
    late = ClosedWindow.objects.filter(
        balances,
        closed_at__gt=now - WATCHED_AFTER_CLOSE,
        carried_usd__lt=F("budget__carry_over_max_usd"),
        limit_usd__gt=F("carried_usd") + taken,
    )
    for closed in late.select_related("budget"):
        _carry_more(closed)


@transaction.atomic
def _carry_more(closed: ClosedWindow) -> None:
    budget = saving.lock(closed.budget)
    window = Window(closed.window_start, closed.window_end)
    if budget.window != closed.period or budget.carry_over_max_usd is None:
        return
    balance = _held_balance(budget, window)
    held = saving.lock(closed)
    left = held.limit_usd - held.carried_usd - balance.spent_usd - balance.reserved_usd
    more = min(left, budget.carry_over_max_usd - held.carried_usd)
    if more <= ZERO:
        return
    change = held.limit_change
    if change is None:
        following = window_at(held.period, budget.timezone, held.window_end)
        change = _add(budget, more, following)
    elif change.undone_at is None:
        change = saving.change(change, {"amount_usd": change.amount_usd + more})
    else:
        return
    saving.change(held, {"carried_usd": held.carried_usd + more, "limit_change": change})
