"""The job that closes months: safe when it runs late, twice, or in two workers at once."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone as clock

from controlplane.accounts.models import Customer
from controlplane.errors import DomainError
from controlplane.statements.models import Adjustment, Statement
from controlplane.statements.queries import months_due
from controlplane.statements.services import adjust_late_usage, close_month

log = logging.getLogger(__name__)

BY = "closing of months"
# What was journalled before a crash, or during an outage, is booked by then; what is later still
# becomes an adjustment.
WATCHED_AFTER_CLOSE = timedelta(days=100)


@dataclass
class Closed:
    """What one run did: statements, and the customers it could not close."""

    statements: list[Statement] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    """By customer: why a month is not closed."""


def close_due_months(*, after: timedelta, now: datetime | None = None) -> Closed:
    """Closes what ended at least `after` ago."""
    now = now or clock.now()
    closed = Closed()
    for customer in Customer.objects.order_by("id").iterator():
        try:
            for month in months_due(customer, now - after):
                closed.statements.append(close_month(customer=customer, month=month, by=BY))
        except DomainError as error:
            closed.waiting[customer.id] = error.message
            log.warning("a month of %s is not closed: %s", customer.id, error.message)
    return closed


def adjust_closed_months(*, now: datetime | None = None) -> list[Adjustment]:
    """Puts down what was booked on closed months since."""
    now = now or clock.now()
    watched = Statement.objects.filter(ends_at__gt=now - WATCHED_AFTER_CLOSE).defer("content")
    made = [adjust_late_usage(statement, by=BY) for statement in watched.iterator()]
    return [adjustment for adjustment in made if adjustment is not None]
