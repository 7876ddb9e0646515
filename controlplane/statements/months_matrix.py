"""Months × customers: what is billed, what waits to be, and whether it agrees with the books."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Min, Q, Sum

from billing.money import ZERO
from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Principal, visible
from controlplane.statements.models import AdjustmentKind, ExchangeRate, Statement
from controlplane.statements.months import Month
from controlplane.statements.rates import USD
from controlplane.usage.filters import RecordFilter
from controlplane.usage.limits import limited_report
from controlplane.usage.together import Asked, summarise_together

MONTHS_SHOWN = 6
CUSTOMERS_MAX = 100
GROUPS_MAX = 100_000
LATE = "late_usd"


class State(StrEnum):
    """Of one customer's month."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Cell:
    """One customer's month. `late_usd` is what a closed one does not say and the books do."""

    customer: Customer
    month: Month
    state: State
    amount_usd: Decimal
    statement: Statement | None = None
    late_usd: Decimal = ZERO
    lacks_rate: bool = False
    """It cannot be closed: there is no exchange rate for its last day."""

    @property
    def agrees(self) -> bool:
        return self.late_usd == ZERO


@dataclass(frozen=True)
class Matrix:
    """Customers by name, each with its months, the newest first."""

    months: Sequence[Month]
    rows: Sequence[tuple[Customer, Sequence[Cell]]]
    hidden: int

    @property
    def cells(self) -> list[Cell]:
        return [cell for _, cells in self.rows for cell in cells]

    def total(self, month: Month) -> Decimal:
        return sum((cell.amount_usd for cell in self.cells if cell.month == month), ZERO)


def months_until(now: datetime, count: int = MONTHS_SHOWN) -> list[Month]:
    """The month of an instant in UTC and those before it, the newest first."""
    month, found = Month.of(now, "UTC"), []
    for _ in range(count):
        found.append(month)
        month = Month(month.year - (month.number == 1), (month.number - 2) % 12 + 1)
    return found


def matrix(
    viewer: Principal, now: datetime, *, customers: Sequence[str] = (), count: int = MONTHS_SHOWN
) -> Matrix:
    """What the viewer may know of; four queries."""
    months = months_until(now, count)
    known = visible(Customer.objects.all(), viewer)
    if customers:
        known = known.filter(id__in=customers)
    every = sorted(known, key=lambda each: (str(each).casefold(), each.id))
    books = _Books.read(every[:CUSTOMERS_MAX], months, viewer, now)
    rows = [(each, [books.cell(each, month) for month in months]) for each in books.customers]
    used = books.months(months)
    return Matrix(used, [(who, cells[: len(used)]) for who, cells in rows], len(every) - len(rows))


Key = tuple[str, str]
"""A customer's id and a month."""


@dataclass(frozen=True)
class _Books:
    """What is booked and what is closed of these customers."""

    customers: Sequence[Customer]
    booked: dict[Key, Decimal]
    closed: dict[Key, Statement]
    rates_from: dict[str, date]
    now: datetime

    @classmethod
    def read(
        cls,
        customers: Sequence[Customer],
        months: Sequence[Month],
        viewer: Principal,
        now: datetime,
    ) -> "_Books":
        currencies = {each.currency for each in customers} - {USD}
        rates = ExchangeRate.objects.filter(currency__in=currencies).order_by()
        first_rates = rates.values_list("currency").annotate(Min("valid_from"))
        return cls(
            customers,
            _booked(customers, months, viewer),
            _statements(customers, months, viewer),
            dict(first_rates) if currencies else {},
            now,
        )

    def months(self, asked: Sequence[Month]) -> Sequence[Month]:
        """Without those before anybody used anything; the newest is always among them."""
        first = min((month for _, month in (*self.booked, *self.closed)), default="")
        return [month for month in asked if first and str(month) >= first] or asked[:1]

    def cell(self, customer: Customer, month: Month) -> Cell:
        key = customer.id, str(month)
        if key in self.closed:
            return self._closed(customer, month, self.closed[key])
        amount = self.booked.get(key)
        if amount is None:
            return Cell(customer, month, State.NOTHING, ZERO)
        if month.span(customer.timezone)[1] > self.now:
            return Cell(customer, month, State.OPEN, amount)
        first = self.rates_from.get(customer.currency)
        has_rate = customer.currency == USD or (first is not None and first <= month.last_day)
        return Cell(customer, month, State.CLOSING, amount, lacks_rate=not has_rate)

    def _closed(self, customer: Customer, month: Month, statement: Statement) -> Cell:
        """A statement's span differs from the calendar's where the time zone has changed."""
        late = getattr(statement, LATE) or ZERO
        span = statement.starts_at, statement.ends_at
        is_calendar = span == month.span(customer.timezone)
        booked = self.booked.get((customer.id, str(month)), ZERO)
        late_usd = booked - statement.total_usd - late if is_calendar else ZERO
        return Cell(customer, month, State.CLOSED, statement.total_usd, statement, late_usd)


def _booked(
    customers: Sequence[Customer], months: Sequence[Month], viewer: Principal
) -> dict[Key, Decimal]:
    """By customer and month, in the customer's own time zone; one statement for all."""
    zones: dict[str, list[str]] = defaultdict(list)
    for customer in customers:
        zones[customer.timezone].append(customer.id)
    asked = [
        Asked(_records(zone, ids, months, viewer), ("customer", "month"), GROUPS_MAX)
        for zone, ids in zones.items()
    ]
    with limited_report():
        summaries = summarise_together(asked)
    return {
        (str(group.values[0]), str(group.values[1])[:7]): group.sums.cost_usd or ZERO
        for summary in summaries
        for group in summary.groups
    }


def _records(
    zone: str, ids: Sequence[str], months: Sequence[Month], viewer: Principal
) -> RecordFilter:
    start = months[-1].span(zone)[0]
    own = {"customer": tuple(ids)}
    return RecordFilter(fields=own, start=start, timezone=zone, only_team=viewer.team_id)


def _statements(
    customers: Sequence[Customer], months: Sequence[Month], viewer: Principal
) -> dict[Key, Statement]:
    """With what was adjusted for late usage."""
    own = visible(Statement.objects.all(), viewer)
    own = own.filter(customer__in=customers, month__in=map(str, months))
    is_late = Q(adjustments__kind=AdjustmentKind.LATE_USAGE)
    late = own.defer("content").annotate(**{LATE: Sum("adjustments__amount_usd", filter=is_late)})
    return {(each.customer_id, each.month): each for each in late}
