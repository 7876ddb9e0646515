"""What is watched of every place, and the sums that it is reckoned from."""

from collections.abc import Callable, Mapping

Sums = Mapping[str, float]

# Sums by name: over the rollup's rows, over those joined with their facets, over records.
OF_ROLLUP = {
    "requests": "sum(requests)::float",
    "spend": "sum(cost_usd)::float",
    "errors": "sum(requests - answered - refused)::float",
    "refusals": "sum(refused)::float",
    "tokens": "sum(input_tokens + output_tokens)::float",
    "answered": "sum(answered)::float",
}
OF_FACETS = {
    **{name: f"sum({name})" for name in OF_ROLLUP},
    "cache_hits": "sum(CASE WHEN cache IN ('exact', 'semantic') THEN requests ELSE 0 END)",
}
_ANSWERED = "status < 400 AND error_code IS NULL"
_REFUSED = "status BETWEEN 400 AND 499 AND attempts = '[]'"
OF_RECORDS = {
    "requests": "count(*)::float",
    "spend": "coalesce(sum(cost_usd), 0)::float",
    "errors": f"count(*) FILTER (WHERE NOT ({_ANSWERED}) AND NOT ({_REFUSED}))::float",
    "refusals": f"count(*) FILTER (WHERE {_REFUSED})::float",
    "tokens": "sum(input_tokens + output_tokens)::float",
    "answered": f"count(*) FILTER (WHERE {_ANSWERED})::float",
    "cache_hits": "count(*) FILTER (WHERE cache IN ('exact', 'semantic'))::float",
}
NAMES = tuple(OF_RECORDS)
ANSWERED_MIN = 5  # a mean of fewer says nothing
AMOUNTS_VARY = 3.0  # costs of requests stray about so much more than if they were equal


def _tokens_per_request(sums: Sums) -> float | None:
    return sums["tokens"] / sums["answered"] if sums["answered"] >= ANSWERED_MIN else None


def _sum_of(name: str) -> Callable[[Sums], float | None]:
    return lambda sums: sums[name]


# None where such sums say nothing of it.
MEASURES: Mapping[str, Callable[[Sums], float | None]] = {
    **{name: _sum_of(name) for name in ("spend", "requests", "errors", "refusals", "cache_hits")},
    "tokens_per_request": _tokens_per_request,
}


def unit_of(measure: str, sums: Sums) -> float:
    """What one request adds: noise of counts follows from it. 0 for a mean."""
    if measure == "tokens_per_request":
        return 0.0
    if measure != "spend":
        return 1.0
    return AMOUNTS_VARY * sums["spend"] / sums["answered"] if sums["answered"] else 0.0


def select_list(sums: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in sums.items())
