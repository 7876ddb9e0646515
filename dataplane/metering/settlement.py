"""From an amount set aside to a record booked: the bound before a call, the record after it."""

from decimal import Decimal

from billing.costs import ceiling
from billing.money import ZERO, settle_round
from billing.prices import STANDARD, Price, price_at
from billing.tokens import Tokens
from dataplane.metering.books import Record
from dataplane.metering.estimate import (
    input_tokens_guessed,
    input_tokens_max,
    output_tokens_max,
)
from dataplane.metering.records import Consumption, usage_record
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment

LOST_STATUS = 502
LOST_CODE = "worker_lost"


def worst_case_usd(
    call: GatewayRequest, deployment: Deployment, output_tokens_default: int
) -> Decimal | None:
    """No more than this can the call cost there; None if the model has no price now."""
    prices = applicable_prices(call, deployment)
    if not prices:
        return None
    return settle_round(
        ceiling(
            prices,
            input_tokens_max(call, deployment),
            output_tokens_max(call, deployment, output_tokens_default),
        )
    )


def applicable_prices(call: GatewayRequest, deployment: Deployment) -> list[Price]:
    """What holds now: the standard price, and any tier's if the request asks for one."""
    tiers = {STANDARD}
    if "service_tier" in call.fields:
        tiers |= {price.service_tier for price in deployment.prices}
    found = (price_at(deployment.prices, call.at, tier) for tier in tiers)
    return [price for price in found if price is not None]


def all_reserved(call: GatewayRequest, reserved_usd: Decimal | None) -> Consumption:
    """What is booked where the provider bills something that nobody will tell us."""
    tokens = Tokens(input=input_tokens_guessed(call))
    return Consumption(tokens=tokens, source="estimated", cost_usd=reserved_usd)


def intent(call: GatewayRequest, deployment: Deployment, reserved_usd: Decimal | None) -> Record:
    """What is booked if nobody settles the call: all that was reserved, marked as an estimate.

    The provider may have billed it, and no one is left who knows how much.
    """
    return usage_record(
        call,
        status=LOST_STATUS,
        error_code=LOST_CODE,
        deployment=deployment,
        consumed=all_reserved(call, reserved_usd),
        reserved_usd=reserved_usd or ZERO,
    )
