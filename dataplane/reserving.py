"""The money for one attempt: its worst case, set aside on every hard budget, or a refusal."""

from decimal import Decimal
from typing import Protocol

from billing.errors import BudgetExceeded, ModelUnpriced
from dataplane import refusals
from dataplane.metering.allowances.reserving import Reservation
from dataplane.metering.worst_case.amounts import worst_case_usd
from dataplane.metering.worst_case.fitting import fit
from dataplane.request import GatewayRequest
from dataplane.settings import Settings
from dataplane.snapshot.model import Deployment, VirtualKey


class Reserves(Protocol):
    """Whoever keeps the money: the process's books, or what only looks at the balances."""

    async def reserve(
        self,
        call: GatewayRequest,
        key: VirtualKey,
        deployment: Deployment,
        amount: Decimal | None,
        kept: Reservation | None = None,
    ) -> Reservation:
        """Raises `BudgetExceeded`, `Unavailable`."""


async def reserve(
    call: GatewayRequest,
    key: VirtualKey,
    deployment: Deployment,
    books: Reserves,
    settings: Settings,
    kept: Reservation | None = None,
) -> Reservation:
    """Raises `GatewayError`. Where the budget wishes it, the output is fitted to what is left.

    Each budget that comes short may fit it further, so there are at most as many tries as budgets.
    """
    default = settings.output_tokens_default
    call.unfit()
    for _ in range(len(key.budgets) + 1):
        amount = worst_case_usd(call, deployment, default)
        if amount is None and key.has_hard_budget:
            raise refusals.model_unpriced(ModelUnpriced(deployment.id))
        try:
            return await books.reserve(call, key, deployment, amount, kept)
        except BudgetExceeded as error:
            refusal = error
            call.output_fitted = fit(call, deployment, key.budgets, refusal, default)
            if call.output_fitted is None:
                break
    raise refusals.budget_refused(refusal, settings.budget_exceeded_status) from refusal
