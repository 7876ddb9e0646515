"""Which months wait to be closed, and whether closed ones agree with the books."""

from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from billing.money import ZERO
from controlplane.accounts.models import Customer
from controlplane.statements.models import AdjustmentKind, Statement
from controlplane.statements.months import Month
from controlplane.usage.filters import RecordFilter
from controlplane.usage.summary import summarise

FIRST_USE = """
SELECT min(hour) FROM usage_rollup JOIN usage_facet facet ON facet.id = facet_id
WHERE NOT usage_rollup.by_key AND NOT facet.by_key AND customer_id = %s
"""


def first_open_month(customer: Customer) -> Month | None:
    """The month to be closed next: after the last statement, or that of the first request."""
    last = Statement.objects.filter(customer=customer).order_by("-starts_at").first()
    if last is not None:
        return Month.parse(last.month).following
    with connection.cursor() as cursor:
        cursor.execute(FIRST_USE, [customer.id])
        (first,) = cursor.fetchone()
    return Month.of(first, customer.timezone) if first is not None else None


def next_start(customer: Customer) -> datetime | None:
    """Where the last statement ends, so that no instant is billed twice, or never, when the
    customer's time zone has changed since."""
    last = Statement.objects.filter(customer=customer).order_by("-starts_at").first()
    return last.ends_at if last is not None else None


def months_due(customer: Customer, now: datetime) -> list[Month]:
    """Those that are over at an instant and have no statement, in their order."""
    due: list[Month] = []
    month = first_open_month(customer)
    while month is not None and month.span(customer.timezone)[1] <= now:
        due.append(month)
        month = month.following
    return due


def booked_usd(statement: Statement) -> Decimal:
    """What the usage records of the month add up to today."""
    own = {"customer": (statement.customer_id,)}
    records = RecordFilter(fields=own, start=statement.starts_at, end=statement.ends_at)
    return summarise(records, ()).total.cost_usd or ZERO


def late_usage_usd(statement: Statement) -> Decimal:
    """What is booked on the month and neither in its statement nor in an adjustment."""
    late = statement.adjustments.filter(kind=AdjustmentKind.LATE_USAGE)
    adjusted = late.aggregate(total=Sum("amount_usd"))["total"] or ZERO
    return booked_usd(statement) - statement.total_usd - adjusted


def adjusted_usd(statement: Statement) -> Decimal:
    """The statement's total with all that was corrected since."""
    return statement.total_usd + (statement.adjustments.aggregate(t=Sum("amount_usd"))["t"] or ZERO)
