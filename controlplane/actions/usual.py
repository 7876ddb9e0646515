"""What an owner usually spends in a time: the mean of the last four weeks, before today."""

from datetime import datetime, timedelta
from decimal import Decimal

from billing.money import ZERO
from controlplane.budgets.models import Budget
from controlplane.usage.filters import RecordFilter
from controlplane.usage.summary import summarise

WEEKS = timedelta(days=28)
SPIKE = timedelta(days=1)  # what is happening now is not usual


def usual_usd(budget: Budget, at: datetime, length: timedelta) -> Decimal:
    """Of the budget's owner, in a time of this length."""
    end = at.replace(minute=0, second=0, microsecond=0) - SPIKE
    owner = {budget.owner_type: (budget.owner_id,)}
    records = RecordFilter(fields=owner, start=end - WEEKS, end=end)
    spent = summarise(records, ()).total.cost_usd or ZERO
    return spent * Decimal(length / WEEKS)
