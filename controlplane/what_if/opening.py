"""What owners of budgets had spent before a period, as far as its first windows hold it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from billing.budgets import Budget
from billing.money import ZERO
from billing.periods import bucket_length
from billing.what_if.budgets import ReplayedBudget
from controlplane.usage.filters import RecordFilter
from controlplane.usage.series import series
from controlplane.usage.summary import summarise
from controlplane.what_if.questions import Question


def replayed_budgets(question: Question) -> list[ReplayedBudget]:
    start = question.records.start
    assert start is not None, "a question has a period"
    return [ReplayedBudget(each, list(_spent(each, start))) for each in question.budgets]


def _spent(budget: Budget, until: datetime) -> Iterator[tuple[datetime, Decimal]]:
    length = budget.rolling_length
    own = {budget.owner_type: (budget.owner_id,)}
    if length is None:
        window = budget.window(until)
        records = RecordFilter(fields=own, start=window.start, end=until)
        yield window.start, summarise(records, ()).total.cost_usd or ZERO
        return
    records = RecordFilter(fields=own, start=until - length - bucket_length(length), end=until)
    for line in series(records, "hour").lines:
        for hour, sums in line.sums.items():
            yield datetime.fromisoformat(hour), sums.cost_usd or ZERO
