"""Closing months: a statement is made once, and what comes later is an adjustment."""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone as clock

from billing.money import ZERO, parse_usd
from controlplane import saving
from controlplane.accounts.models import Customer
from controlplane.errors import Conflict
from controlplane.fields import new_id
from controlplane.statements.contents import contents
from controlplane.statements.freezing import hash_of
from controlplane.statements.models import Adjustment, AdjustmentKind, Statement
from controlplane.statements.months import Month
from controlplane.statements.queries import first_open_month, late_usage_usd, next_start
from controlplane.statements.rates import rate_on

LOCK_SPACE = 0x636C6F73  # of the advisory locks on customers whose months are closed
LATE_USAGE = "Usage of the month that was booked after its statement."


@transaction.atomic
def close_month(*, customer: Customer, month: Month, by: str) -> Statement:
    """The statement of a month that is over. Closed before, it is the same statement.

    Months are closed in their order. Raises `Conflict` for one that is not over, not the next, or
    without an exchange rate.
    """
    _hold(customer)
    if (
        closed := Statement.objects.filter(customer=customer, month=str(month)).first()
    ) is not None:
        return closed
    if (first := first_open_month(customer)) is None:
        raise Conflict("nothing_used", "There is nothing to bill: no request was ever made.")
    if month != first:
        raise Conflict("month_out_of_order", f"The month to be closed next is {first}.")
    start, end = month.span(customer.timezone)
    if end > clock.now():
        raise Conflict("month_not_over", f"{month} is not over in {customer.timezone}.")
    return saving.add(_statement(customer, month, next_start(customer) or start, end, by))


@transaction.atomic
def add_adjustment(
    *, statement: Statement, amount_usd: Decimal, reason: str, by: str
) -> Adjustment:
    """A correction of a closed month. It can be corrected by another, and not be changed."""
    return _adjust(statement, AdjustmentKind.CORRECTION, amount_usd, reason, by)


@transaction.atomic
def adjust_late_usage(statement: Statement, *, by: str) -> Adjustment | None:
    """Puts down what was booked on the month after its close; None if there is nothing more."""
    _hold(statement.customer)
    amount_usd = late_usage_usd(statement)
    if amount_usd == ZERO:
        return None
    return _adjust(statement, AdjustmentKind.LATE_USAGE, amount_usd, LATE_USAGE, by)


def _statement(
    customer: Customer, month: Month, start: datetime, end: datetime, by: str
) -> Statement:
    rate = rate_on(customer.currency, month.last_day)
    content = contents(customer, start, end)
    total_usd = parse_usd(content["cost_usd"] or "0")
    statement = Statement(
        id=f"{customer.id}-{month}",
        customer=customer,
        month=str(month),
        starts_at=start,
        ends_at=end,
        timezone=customer.timezone,
        total_usd=total_usd,
        currency=rate.currency,
        rate_per_usd=rate.per_usd,
        rate_valid_from=rate.valid_from,
        amount_due=rate.amount(total_usd),
        content=content,
        closed_at=clock.now(),
        closed_by=by,
    )
    statement.content_hash = hash_of(statement)
    return statement


def _adjust(
    statement: Statement, kind: AdjustmentKind, amount_usd: Decimal, reason: str, by: str
) -> Adjustment:
    adjustment = Adjustment(
        id=new_id("adj"),
        statement=statement,
        kind=kind,
        amount_usd=amount_usd,
        reason=reason,
        created_by=by,
    )
    return saving.add(adjustment)


def _hold(customer: Customer) -> None:
    """Nobody else closes a month of this customer meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SPACE, customer.id])
