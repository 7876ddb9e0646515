"""What can be explored. Sums are stacked; rates and percentiles never are, and are never added."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from billing.money import ZERO
from controlplane.usage.measures import Sums

Value = Decimal | int | None

PER_TOKENS = 1000
MILLIONTHS = 6


@dataclass(frozen=True)
class Measure:
    """`unit` is usd, count or ms. `read` has the value of sums; None where there is none."""

    title: str
    unit: str
    read: Callable[[Sums], Value]
    is_sum: bool = True
    places: int = 2


@dataclass(frozen=True)
class Percentile:
    """Of how long answers took; read from classes of latencies, not from sums."""

    title: str
    name: str
    unit: str = "ms"
    is_sum: bool = False
    places: int = 0


def _per(many: Callable[[Sums], Value], of: Callable[[Sums], int], times: int = 1) -> Callable:
    def ratio(sums: Sums) -> Value:
        value, parts = many(sums), of(sums)
        return None if value is None or not parts else Decimal(value) / parts * times

    return ratio


def _cost(sums: Sums) -> Value:
    return sums.cost_usd if sums.cost_usd is not None else ZERO


def _tokens(sums: Sums) -> int:
    return sums.input_tokens + sums.output_tokens


SUMS = {
    "cost": Measure("Cost", "usd", _cost),
    "requests": Measure("Requests", "count", lambda sums: sums.requests),
    "tokens": Measure("Tokens", "count", _tokens),
    "input_tokens": Measure("Tokens in", "count", lambda sums: sums.input_tokens),
    "cached_tokens": Measure("Tokens in, cached", "count", lambda sums: sums.cached_input_tokens),
    "output_tokens": Measure("Tokens out", "count", lambda sums: sums.output_tokens),
    "errors": Measure("Errors", "count", lambda sums: sums.failed),
    "refused": Measure("Refused", "count", lambda sums: sums.refused),
    "rescued": Measure(
        "Rescued", "count", lambda sums: sums.rescued_by_retry + sums.rescued_by_fallback
    ),
    "cache_hits": Measure(
        "Cache hits", "count", lambda sums: sums.exact_cache_hits + sums.semantic_cache_hits
    ),
    "saved": Measure("Saved by the cache", "usd", lambda sums: sums.saved_usd),
    "cost_per_request": Measure(
        "Cost per request",
        "usd",
        _per(_cost, lambda sums: sums.requests),
        is_sum=False,
        places=MILLIONTHS,
    ),
    "cost_per_1000_tokens": Measure(
        "Cost per 1,000 tokens",
        "usd",
        _per(_cost, _tokens, PER_TOKENS),
        is_sum=False,
        places=MILLIONTHS,
    ),
}
PERCENTILES = {
    "latency_p50": Percentile("Latency, p50", "p50"),
    "latency_p95": Percentile("Latency, p95", "p95"),
    "latency_p99": Percentile("Latency, p99", "p99"),
}
MEASURES: dict[str, Measure | Percentile] = {**SUMS, **PERCENTILES}
