"""What stands in for the books: looks whether money could be reserved, and reserves none."""

from collections.abc import Sequence
from decimal import Decimal

from billing.errors import BudgetExceeded
from billing.money import ZERO
from dataplane.metering.allowances.reserving import NO_PATH, Reservation
from dataplane.metering.standings import Standing
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment, VirtualKey


class DryBooks:
    """Refuses what the hard budgets cannot pay even when all that is reserved comes back."""

    def __init__(self, standings: Sequence[Standing]) -> None:
        self._hard = [standing for standing in standings if standing.budget.is_hard]
        self.hangs_on_reserved = False
        """Some of what is reserved has to come back first."""

    async def reserve(
        self,
        call: GatewayRequest,
        key: VirtualKey,
        deployment: Deployment,
        amount: Decimal | None,
        kept: Reservation | None = None,
    ) -> Reservation:
        """Raises `BudgetExceeded`."""
        needed = amount or ZERO
        for standing in self._hard:
            if standing.spent_usd + needed > standing.limit_usd:
                raise _exceeded(standing, needed)
        if any(standing.remaining_usd < needed for standing in self._hard):
            self.hangs_on_reserved = True
        return Reservation(needed, NO_PATH)


def _exceeded(standing: Standing, needed: Decimal) -> BudgetExceeded:
    budget = standing.budget
    return BudgetExceeded(
        budget_id=budget.id,
        owner_type=budget.owner_type,
        owner_id=budget.owner_id,
        limit_usd=standing.limit_usd,
        spent_usd=standing.spent_usd,
        reserved_usd=standing.reserved_usd,
        requested_usd=needed,
        window_end=None if budget.rolling_length else standing.window_end,
        is_spent=True,
    )
