"""How much money a call may take: what is reserved before it is made."""

from decimal import Decimal

from billing.ceilings import Ceiling
from billing.money import USD_MAX, ZERO
from billing.price_books import PriceBook
from billing.prices import STANDARD
from dataplane.metering.worst_case.estimate import WorstCase, worst_case
from dataplane.metering.worst_case.tools import CALLS_DEFAULT, Advisor
from dataplane.request import FREE_ENDPOINTS, GatewayRequest
from dataplane.snapshot.model import Deployment, Provider

STANDARD_TIER = frozenset({STANDARD})
PROJECTS_TIER = frozenset({STANDARD, "priority"})
ANY_TIER = frozenset({STANDARD, "priority", "fast", "flex", "batch"})
# What asks for nothing dearer than the standard tier, as it stands in a body.
MODEST = (b'"default"', b'"standard"', b'"standard_only"', b'"on_demand"', b'"flex"', b'"batch"')
UNDECIDED = (b'"auto"', b"null")
# Without a wish, OpenAI takes the tier that is set for the project: it may be the dearer one.
OPENAI_KINDS = ("openai", "azure_openai")


def worst_case_usd(
    call: GatewayRequest,
    deployment: Deployment,
    output_tokens_default: int,
    tool_calls_default: int = CALLS_DEFAULT,
) -> Decimal | None:
    """No more than this can the call cost there; None if a model it may use has no price now."""
    if call.endpoint in FREE_ENDPOINTS:
        return ZERO
    ceiling = ceiling_for(call, deployment.provider, deployment.prices)
    if ceiling is None:
        return None
    worst = worst_case(call, deployment, output_tokens_default, tool_calls_default)
    total = ceiling.usd(
        worst.input_tokens,
        worst.output_tokens,
        is_text=worst.is_text,
        web_searches=worst.web_searches,
    )
    for advisor in worst.advisors:
        advice = _advice_usd(call, deployment, worst, advisor, output_tokens_default)
        if advice is None:
            return None
        total += advice
    return min(total, USD_MAX)


def ceiling_for(call: GatewayRequest, provider: Provider, prices: PriceBook) -> Ceiling | None:
    """The dearest of what may hold for the request: of every tier that could serve it."""
    return prices.ceiling(call.at, service_tiers(call, provider))


def service_tiers(call: GatewayRequest, provider: Provider) -> frozenset[str]:
    """The tiers that may serve the request."""
    if "speed" in call.fields or "fallbacks" in call.fields:
        return ANY_TIER  # Anthropic's fast mode, which a fallback may be asked for alone
    wish = bytes(call.fields["service_tier"]) if "service_tier" in call.fields else b"null"
    if wish in UNDECIDED:
        return PROJECTS_TIER if provider.kind in OPENAI_KINDS else STANDARD_TIER
    return STANDARD_TIER if wish in MODEST else ANY_TIER


def _advice_usd(
    call: GatewayRequest,
    deployment: Deployment,
    worst: WorstCase,
    advisor: Advisor,
    output_tokens_default: int,
) -> Decimal | None:
    """What another model may cost that the provider asks on the way: it reads all of the call."""
    listing = deployment.listings.find(advisor.model) if deployment.listings else None
    ceiling = listing and ceiling_for(call, deployment.provider, listing.prices)
    if not listing or not ceiling:
        return None
    output = advisor.output_tokens or listing.output_tokens_max or output_tokens_default
    each = ceiling.usd(worst.input_tokens + worst.output_tokens, output)
    return each * advisor.calls
