"""How budgets stand, as the books say: read, and never written, from here.

`reserved_usd` is what the gateway's processes hold: for calls in flight, and idle slices, which
come back within a second where somebody else comes short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from billing.budgets import Budget
from billing.periods import bucket_length

# Of rolling windows, with what has left them by now and is only not taken off yet.
BALANCES = """
    SELECT budget.id, budgets_limit_in_force(budget.id, budget.limit_usd) AS limit_usd,
           coalesce(spent_usd, 0) - coalesce((
               SELECT sum(bucket.spent_usd) FROM budgets_balancebucket bucket
               WHERE bucket.balance_id = balance.id AND bucket.bucket_start <= asked.gone_until
           ), 0) AS spent_usd, coalesce(reserved_usd, 0) AS reserved_usd
    FROM unnest(%(budgets)s::text[], %(periods)s::text[], %(starts)s::timestamptz[],
                %(gone)s::timestamptz[]) AS asked (budget_id, period, window_start, gone_until)
    JOIN budgets_budget budget ON budget.id = budget_id
    LEFT JOIN budgets_balance balance USING (budget_id, period, window_start)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget in its window of now. A rolling window is the one that ends now."""

    budget: Budget
    limit_usd: Decimal
    """The one in force, with what is raised, lent or lowered for a time."""
    spent_usd: Decimal
    reserved_usd: Decimal
    window_start: datetime
    window_end: datetime | None

    @property
    def remaining_usd(self) -> Decimal:
        return self.limit_usd - self.spent_usd - self.reserved_usd


async def read_standings(
    connection: AsyncConnection[DictRow], budgets: Sequence[Budget], at: datetime
) -> list[Standing]:
    """In the order of the budgets. Nothing is spent in a window nobody has called in."""
    if not budgets:
        return []
    asked = {
        "budgets": [budget.id for budget in budgets],
        "periods": [budget.period for budget in budgets],
        "starts": [budget.window(at).start for budget in budgets],
        "gone": [_gone_until(budget, at) for budget in budgets],
    }
    rows = await (await connection.execute(BALANCES, asked)).fetchall()
    found = {row["id"]: row for row in rows}
    # One that was deleted this moment binds nobody.
    return [_standing(budget, found[budget.id], at) for budget in budgets if budget.id in found]


def _standing(budget: Budget, row: DictRow, at: datetime) -> Standing:
    amounts = (row["limit_usd"], row["spent_usd"], row["reserved_usd"])
    if (length := budget.rolling_length) is not None:
        return Standing(budget, *amounts, at - length, at)
    window = budget.window(at)
    return Standing(budget, *amounts, window.start, window.end)


def _gone_until(budget: Budget, at: datetime) -> datetime | None:
    """Buckets that begin no later are out of the window."""
    length = budget.rolling_length
    return None if length is None else at - length - bucket_length(length)
