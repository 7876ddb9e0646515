"""The most that a call can cost: what is set aside before it is made.

Every token counts at the dearest rate that could apply to its side: cache writes, each
long-context tier within reach, every price that may be the one (service tiers), and, unless the
request is text alone, audio, images and video.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing.costs import EXACT, INPUT_RATES, OUTPUT_RATES
from billing.money import USD_MAX, ZERO, settle_round
from billing.prices import Price, Rates

TEXT_INPUT_RATES = ("input", "cached_input", "cache_write", "cache_write_1h")


@dataclass(frozen=True, slots=True)
class Step:
    """USD a token for requests with more than so many input tokens, at the dearest."""

    above_input_tokens: int
    text_input_usd: Decimal
    any_input_usd: Decimal
    output_usd: Decimal


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The dearest rates of some prices together; each step has those of the steps before it."""

    steps: tuple[Step, ...]
    request_usd: Decimal
    web_search_usd: Decimal

    def usd(
        self,
        input_tokens: int,
        output_tokens: int,
        *,
        is_text: bool = False,
        web_searches: int = 0,
    ) -> Decimal:
        """No call with at most so many tokens and searches costs more."""
        step = self._step(input_tokens)
        input_usd = step.text_input_usd if is_text else step.any_input_usd
        total = EXACT.fma(input_usd, input_tokens, self.request_usd)
        total = EXACT.fma(step.output_usd, output_tokens, total)
        if web_searches:
            total = EXACT.fma(self.web_search_usd, web_searches, total)
        return settle_round(total) if total < USD_MAX else USD_MAX

    def output_token_usd(self, input_tokens: int) -> Decimal:
        """What one more token of output costs at most."""
        return self._step(input_tokens).output_usd

    def _step(self, input_tokens: int) -> Step:
        steps = self.steps
        reached = steps[0]
        if len(steps) > 1:
            for step in steps:
                if input_tokens > step.above_input_tokens:
                    reached = step
        return reached


def ceiling_of(prices: Iterable[Price]) -> Ceiling | None:
    """The ceiling over prices of which any may be the one; None if there is no price."""
    prices = tuple(prices)
    if not prices:
        return None
    bounds = {tier.above_input_tokens for price in prices for tier in price.long_context}
    every = _reachable(prices, max(bounds, default=0))
    return Ceiling(
        steps=tuple(_step(prices, bound) for bound in sorted({0, *bounds})),
        request_usd=_dearest(every, ("request",)).scaleb(-3),
        web_search_usd=_dearest(every, ("web_search",)).scaleb(-3),
    )


def _step(prices: Iterable[Price], above_input_tokens: int) -> Step:
    reachable = _reachable(prices, above_input_tokens)
    return Step(
        above_input_tokens,
        text_input_usd=_dearest(reachable, TEXT_INPUT_RATES).scaleb(-6),
        any_input_usd=_dearest(reachable, INPUT_RATES).scaleb(-6),
        output_usd=_dearest(reachable, OUTPUT_RATES).scaleb(-6),
    )


def _reachable(prices: Iterable[Price], above_input_tokens: int) -> list[Rates]:
    """All rates that may hold for a request with just more than so many input tokens."""
    tokens = above_input_tokens + 1
    tiers = (tier for price in prices for tier in price.tiers_within(tokens))
    return [*(price.rates for price in prices), *(tier.rates for tier in tiers)]


def _dearest(reachable: Iterable[Rates], kinds: Iterable[str]) -> Decimal:
    kinds = tuple(kinds)
    return max(
        (rates[kind] for rates in reachable for kind in kinds if kind in rates), default=ZERO
    )
