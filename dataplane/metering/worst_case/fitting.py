"""Letting the last request of a budget generate what is left, where the budget wishes it.

A request that asks for more than a hard budget has left is refused, or, with the budget's
`shortfall` set to `fit`, sent with a lower limit of its output. Nothing else of it changes, and a
header tells the client (`x-purser-max-tokens-fitted`).
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from billing.budgets import Budget
from billing.errors import BudgetExceeded
from billing.money import QUANTUM
from dataplane.metering.worst_case.amounts import OPENAI_KINDS, ceiling_for
from dataplane.metering.worst_case.estimate import limit_fields, output_limit, worst_case
from dataplane.metering.worst_case.fields import value_of, whole_number
from dataplane.metering.worst_case.tools import CALLS_DEFAULT
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment

FITTED_HEADER = "x-purser-max-tokens-fitted"
# Less is no answer; it is also the least that OpenAI's Responses API takes.
USEFUL_TOKENS_MIN = 16


def fit(
    call: GatewayRequest,
    deployment: Deployment,
    budgets: Iterable[Budget],
    refusal: BudgetExceeded,
    output_tokens_default: int,
    tool_calls_default: int = CALLS_DEFAULT,
) -> int | None:
    """Lowers the request's limit to what the budget that refused it has left, and answers with it.

    None, and the request as it was, where the budget does not wish it or too little is left.
    """
    budget = next((budget for budget in budgets if budget.id == refusal.budget_id), None)
    if budget is None or not budget.fits_output:
        return None
    remaining_usd = refusal.limit_usd - refusal.spent_usd - refusal.reserved_usd
    fitted = output_tokens_affordable(
        call, deployment, remaining_usd, output_tokens_default, tool_calls_default
    )
    if fitted is not None:
        call.fields = {**call.fields, **fitted_fields(call, deployment, fitted)}
    return fitted


def output_tokens_affordable(
    call: GatewayRequest,
    deployment: Deployment,
    remaining_usd: Decimal,
    output_tokens_default: int,
    tool_calls_default: int = CALLS_DEFAULT,
) -> int | None:
    """How many tokens each answer may have for the whole call to cost no more than is left.

    None where not even the input and a useful answer are paid for, or nothing could be limited.
    """
    ceiling = ceiling_for(call, deployment.provider, deployment.prices)
    most = output_limit(call, deployment, output_tokens_default)
    worst = worst_case(call, deployment, output_tokens_default, tool_calls_default)
    if ceiling is None or most == 0 or worst.advisors:
        return None
    fixed_usd = ceiling.usd(
        worst.input_tokens,
        worst.output_tokens_apart,
        is_text=worst.is_text,
        web_searches=worst.web_searches,
    )
    # What was rounded down of the fixed part is paid for, too.
    left_usd = remaining_usd - fixed_usd - QUANTUM
    token_usd = ceiling.output_token_usd(worst.input_tokens) * worst.choices
    affordable = int(left_usd // token_usd) if token_usd else most
    fitted = min(affordable, most)
    is_useful = left_usd > 0 and fitted >= max(USEFUL_TOKENS_MIN, _thinking_tokens(call) + 1)
    return fitted if is_useful else None


def fitted_fields(
    call: GatewayRequest, deployment: Deployment, output_tokens: int
) -> dict[str, msgspec.Raw]:
    """The fields of the body that limit its output so; to be put in the place of the client's.

    The limits that the client set are lowered; where it set none, the endpoint's own is added.
    """
    names = limit_fields(call, deployment)
    given = {name: limit for name in names if (limit := whole_number(call.fields, name))}
    if not given:
        # OpenAI's reasoning models refuse `max_tokens`; other servers may know nothing else.
        is_openai = deployment.provider.kind in OPENAI_KINDS
        given = {names[0] if is_openai else names[-1]: output_tokens}
    return {
        name: msgspec.Raw(str(min(limit, output_tokens)).encode()) for name, limit in given.items()
    }


def _thinking_tokens(call: GatewayRequest) -> int:
    """What Anthropic is told to think; the limit of the output must be above it."""
    thinking = value_of(call.fields, "thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    return budget if type(budget) is int else 0
