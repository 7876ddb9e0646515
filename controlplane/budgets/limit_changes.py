"""Changes of a budget's limit for a time, and their end."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone as clock

from billing.money import ZERO, format_usd
from billing.periods import rolling_length, window_at
from controlplane import saving
from controlplane.budgets.models import Balance, Budget, ChangeKind, LimitChange
from controlplane.budgets.queries import current_balances
from controlplane.budgets.services import customer_of
from controlplane.errors import Conflict, invalid
from controlplane.fields import new_id


class Loan(NamedTuple):
    """Both sides of what one budget lends to another."""

    borrowed: LimitChange
    lent: LimitChange


@transaction.atomic
def change_limit(
    *,
    budget: Budget,
    amount_usd: Decimal,
    reason: str,
    by: str,
    ends_at: datetime | None = None,
    kind: ChangeKind | None = None,
) -> LimitChange:
    """Raises the limit from now on, or lowers it by a negative amount: until the window ends.

    A limit below what is spent is accepted: everything is refused until the change ends. Raises
    `DomainError` for an end that is over, or missing where the window has none.
    """
    now = clock.now()
    current = saving.lock(budget)
    _require_in_force(current)
    if amount_usd == ZERO:
        raise invalid("amount_usd", "Must not be 0.")
    if amount_usd < ZERO:
        _require_enough(current, -amount_usd, now)
    usual = ChangeKind.RAISED if amount_usd > ZERO else ChangeKind.LOWERED
    until = _end(current, ends_at, now)
    return _add(
        budget=current,
        kind=kind or usual,
        amount_usd=amount_usd,
        reason=reason,
        created_by=by,
        starts_at=now,
        ends_at=until,
    )


@transaction.atomic
def lend(
    *,
    lender: Budget,
    borrower: Budget,
    amount_usd: Decimal,
    reason: str,
    by: str,
    ends_at: datetime | None = None,
) -> Loan:
    """Lowers one limit and raises another by the same, until the borrower's window ends.

    Both are of one customer, and the lender has that much left. Raises `DomainError`.
    """
    now = clock.now()
    if amount_usd <= ZERO:
        raise invalid("amount_usd", "Must be more than 0.")
    if lender.pk == borrower.pk or customer_of(lender.owner) != customer_of(borrower.owner):
        raise invalid("lender", "Must be another budget of the same customer.")
    held = {pk: saving.lock(Budget(pk=pk)) for pk in sorted((lender.pk, borrower.pk))}
    giving, taking = held[lender.pk], held[borrower.pk]
    for budget in (giving, taking):
        _require_in_force(budget)
    _require_left(giving, amount_usd, now)
    until = _end(taking, ends_at, now)
    how = {"reason": reason, "created_by": by, "starts_at": now, "ends_at": until}
    lent = _add(budget=giving, kind=ChangeKind.LENT, amount_usd=-amount_usd, **how)
    borrowed = _add(
        budget=taking, kind=ChangeKind.BORROWED, amount_usd=amount_usd, counterpart=lent, **how
    )
    return Loan(borrowed, saving.change(lent, {"counterpart": borrowed}))


@transaction.atomic
def undo_limit_change(change: LimitChange, *, by: str) -> LimitChange:
    """Takes it back before its end, a loan on both sides. Undone twice, the first stays."""
    ids = sorted(filter(None, (change.pk, change.counterpart_id)))
    for each in LimitChange.objects.filter(pk__in=ids).order_by("pk").select_for_update():
        if each.undone_at is None:
            saving.change(each, {"undone_at": clock.now(), "undone_by": by})
    change.refresh_from_db()
    return change


@transaction.atomic
def announce_ended_changes() -> int:
    """Marks the changes that have ended, which tells the data plane. How many there were."""
    now = clock.now()
    over = LimitChange.objects.filter(ends_at__lte=now, undone_at=None, ended_at=None)
    return over.update(ended_at=now)


def _add(**columns: Any) -> LimitChange:
    return saving.add(LimitChange(id=new_id("lim"), **columns))


def _end(budget: Budget, asked: datetime | None, now: datetime) -> datetime | None:
    if asked is not None:
        if asked <= now:
            raise invalid("ends_at", "Must be in the future.")
        return asked
    if budget.window == "lifetime":
        return None
    if rolling_length(budget.window) is not None:
        raise invalid("ends_at", "Is required: a rolling window has no end.")
    return window_at(budget.window, budget.timezone, now).end


def _require_in_force(budget: Budget) -> None:
    if budget.archived_at is not None:
        raise Conflict("archived", "The budget was deleted and binds nobody.")


def _require_enough(budget: Budget, amount_usd: Decimal, now: datetime) -> None:
    limit = current_balances([budget], now)[budget.pk].limit_usd
    if amount_usd > limit:
        raise invalid(
            "amount_usd", f"The limit is {format_usd(limit)} USD, and cannot be lowered by more."
        )


def _require_left(budget: Budget, amount_usd: Decimal, now: datetime) -> None:
    """Its balance is held meanwhile, so that nothing is spent that was just lent."""
    window = window_at(budget.window, budget.timezone, now)
    own = Balance.objects.filter(budget=budget, period=budget.window, window_start=window.start)
    own.select_for_update(no_key=True).first()
    left = current_balances([budget], now)[budget.pk].remaining_usd
    if amount_usd > left:
        words = f"'{budget.pk}' has {format_usd(max(left, ZERO))} USD left, and cannot lend more."
        raise Conflict("not_enough_left", words, {"amount_usd": [words]})
