"""Which other models the key may call could serve a request, for less."""

from collections.abc import Iterator
from decimal import Decimal

from billing.money import format_usd
from dataplane.access.permissions import may_call
from dataplane.check.verdict import Cheaper
from dataplane.errors import GatewayError
from dataplane.metering.worst_case.amounts import ceiling_for, worst_case_usd
from dataplane.metering.worst_case.estimate import (
    WorstCase,
    input_tokens_guessed,
    output_limit,
    worst_case,
)
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Catalog, Deployment, VirtualKey
from dataplane.snapshot.resolve import offered_models
from dataplane.translation.registry import WireFormats

SHOWN_MAX = 5
SAME_PROVIDER_MAX = 3
PRICED_MAX = 10
LOOKED_AT_MAX = 1000
# Price lists do not say what a model is for; its name does.
EMBEDS = "embed"


class Offers:
    """What a catalog has for a request."""

    def __init__(self, catalog: Catalog, formats: WireFormats, output_tokens_default: int) -> None:
        self._catalog = catalog
        self._formats = formats
        self._output_tokens_default = output_tokens_default

    def cheaper(self, call: GatewayRequest, key: VirtualKey, than: Deployment) -> list[Cheaper]:
        """The cheapest first; none where it is not known what the model asked for costs."""
        most = worst_case_usd(call, than, self._output_tokens_default)
        if not most:
            return []
        worst = worst_case(call, than, self._output_tokens_default)
        ranked = sorted(
            (about, each.id, each)
            for each in self._serving(call, key)
            if (about := _about(call, each, worst))
        )
        there = [each for *_, each in ranked if each.provider.id == than.provider.id]
        elsewhere = [each for *_, each in ranked if each.provider.id != than.provider.id]
        found = self._exactly(call, there, most)[:SAME_PROVIDER_MAX]
        found += self._exactly(call, elsewhere, most)[: SHOWN_MAX - len(found)]
        return [_cheaper(model, cost, most) for cost, model in sorted(found)]

    def _exactly(
        self, call: GatewayRequest, ranked: list[Deployment], most: Decimal
    ) -> list[tuple[Decimal, str]]:
        """The worst cases of the first few that cost less. Each reads the whole request."""
        costs = (
            (worst_case_usd(call, each, self._output_tokens_default), each.id)
            for each in ranked[:PRICED_MAX]
        )
        return sorted((cost, model) for cost, model in costs if cost and cost < most)

    def _serving(self, call: GatewayRequest, key: VirtualKey) -> Iterator[Deployment]:
        is_embedding = call.endpoint is Endpoint.EMBEDDINGS
        input_tokens = input_tokens_guessed(call)
        looked_at = 0
        for deployment in offered_models(self._catalog):
            fits = (EMBEDS in deployment.name.lower()) == is_embedding
            if not fits or not may_call(key, deployment.id, deployment):
                continue
            looked_at += 1
            if looked_at > LOOKED_AT_MAX:
                return
            if self._takes(call, deployment, input_tokens):
                yield deployment

    def _takes(self, call: GatewayRequest, deployment: Deployment, input_tokens: int) -> bool:
        """It has a price and the room, and its provider something like the endpoint."""
        price = deployment.prices.at(call.at)
        window, longest = deployment.context_tokens, deployment.output_tokens_max
        wanted = output_limit(call, deployment, 0)
        if price is None or deployment.provider.is_sealed:
            return False
        if (window and input_tokens > window) or (longest and wanted > longest):
            return False
        try:
            self._formats.find(call.endpoint, deployment)
        except GatewayError:
            return False
        return True


def _about(call: GatewayRequest, deployment: Deployment, worst: WorstCase) -> Decimal | None:
    """What as many tokens cost there: enough to put hundreds of models in order."""
    ceiling = ceiling_for(call, deployment.provider, deployment.prices)
    if ceiling is None:
        return None
    return ceiling.usd(worst.input_tokens, worst.output_tokens, is_text=worst.is_text)


def _cheaper(model: str, cost: Decimal, most: Decimal) -> Cheaper:
    return Cheaper(
        model=model, worst_case_usd=format_usd(cost), factor=round(float(most / cost), 2)
    )
