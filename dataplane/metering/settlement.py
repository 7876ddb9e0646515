"""From an amount set aside to a record booked: the bound before a call, the record after it."""

from decimal import Decimal

from billing.costs import ceiling
from billing.money import ZERO, settle_round
from billing.prices import Price, applicable
from dataplane.metering.books import Record
from dataplane.metering.estimate import (
    input_tokens_guessed,
    input_tokens_max,
    output_tokens_max,
)
from dataplane.metering.records import Consumption, Tokens, usage_record
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment

LOST_STATUS = 502
LOST_CODE = "worker_lost"


def worst_case_usd(
    call: GatewayRequest, deployment: Deployment, output_tokens_default: int
) -> Decimal | None:
    """No more than this can the call cost there; None if the model has no price now."""
    prices: tuple[Price, ...] = applicable(deployment.prices, call.at)
    if not prices:
        return None
    return settle_round(
        ceiling(
            prices,
            input_tokens_max(call, deployment),
            output_tokens_max(call, deployment, output_tokens_default),
        )
    )


def intent(call: GatewayRequest, deployment: Deployment, reserved_usd: Decimal | None) -> Record:
    """What is booked if nobody settles the call: all that was reserved, marked as an estimate.

    The provider may have billed it, and no one is left who knows how much.
    """
    lost = Consumption(
        tokens=Tokens(input=input_tokens_guessed(call)),
        source="estimated",
        cost_usd=reserved_usd,
    )
    return usage_record(
        call,
        status=LOST_STATUS,
        error_code=LOST_CODE,
        deployment=deployment,
        consumed=lost,
        reserved_usd=reserved_usd or ZERO,
    )
