"""What reports sum up, and the sums themselves.

A record without a price has no cost: it is counted as unpriced and never as zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.money import ZERO

ANSWERED = "status < 400 AND error_code IS NULL"
RESCUED = f"{ANSWERED} AND jsonb_array_length(attempts) > 1"
FIRST_MODEL, LAST_MODEL = "(attempts -> 0 ->> 'model')", "(attempts -> -1 ->> 'model')"
RATE_LIMITS = "('requests_per_minute', 'tokens_per_minute', 'max_parallel_requests')"

# Over records. Refused: turned away at our own door, before any attempt. Failed: neither that nor
# answered. Rescued: answered after an attempt that failed. The rollup has a column of each name,
# counted as here (`billing/sql/roll_up.sql`), but for those that follow from its facets.
OF_RECORDS = {
    "requests": "count(*)",
    "answered": f"count(*) FILTER (WHERE {ANSWERED})",
    "refused": "count(*) FILTER (WHERE status BETWEEN 400 AND 499 AND attempts = '[]')",
    "refused_by_budget": (
        "count(*) FILTER (WHERE error_code = 'budget_exceeded' AND attempts = '[]')"
    ),
    "refused_by_rate_limit": (
        f"count(*) FILTER (WHERE attempts = '[]' AND error_code IN {RATE_LIMITS})"
    ),
    "refused_by_permission": "count(*) FILTER (WHERE status = 403 AND attempts = '[]')",
    "rescued_by_retry": (
        f"count(*) FILTER (WHERE {RESCUED} AND {FIRST_MODEL} IS NOT DISTINCT FROM {LAST_MODEL})"
    ),
    "rescued_by_fallback": (
        f"count(*) FILTER (WHERE {RESCUED} AND {FIRST_MODEL} IS DISTINCT FROM {LAST_MODEL})"
    ),
    "exact_cache_hits": "count(*) FILTER (WHERE cache = 'exact')",
    "semantic_cache_hits": "count(*) FILTER (WHERE cache = 'semantic')",
    "input_tokens": "sum(input_tokens)",
    "cached_input_tokens": "sum(cached_input_tokens)",
    "cache_write_tokens": "sum(cache_write_tokens)",
    "output_tokens": "sum(output_tokens)",
    "reasoning_tokens": "sum(reasoning_tokens)",
    "cost_usd": "coalesce(sum(cost_usd), 0)",
    "saved_usd": "sum(saved_usd)",
    "unpriced_requests": "count(*) FILTER (WHERE cost_usd IS NULL)",
}
# Over rows of the rollup, what follows from the facet that they are joined with.
OF_FACETS = {
    "refused_by_permission": "CASE WHEN status = 403 THEN refused ELSE 0 END",
    "exact_cache_hits": "CASE WHEN cache = 'exact' THEN requests ELSE 0 END",
    "semantic_cache_hits": "CASE WHEN cache = 'semantic' THEN requests ELSE 0 END",
}
# Over sums.
OF_SUMS = {name: f"sum({name})" for name in OF_RECORDS}
OF_COLUMNS = {name: total for name, total in OF_SUMS.items() if name not in OF_FACETS}
OF_ROLLUP = {name: OF_FACETS.get(name, name) for name in OF_RECORDS}
# Of a group: no cost is known where none of its requests has a price.
OF_GROUPS = OF_SUMS | {
    "cost_usd": "CASE WHEN sum(requests) > sum(unpriced_requests) THEN sum(cost_usd) END"
}


ALL = tuple(OF_RECORDS)
# Whether there is a cost depends on the counts beside it.
SPENT = ("requests", "cost_usd", "unpriced_requests")


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What a set of requests adds up to. `cost_usd` is None when none of them has a price.

    A measure that was not asked for is no attribute: nobody takes it for zero.
    """

    requests: int
    answered: int
    refused: int
    refused_by_budget: int
    refused_by_rate_limit: int
    refused_by_permission: int
    rescued_by_retry: int
    rescued_by_fallback: int
    exact_cache_hits: int
    semantic_cache_hits: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal | None
    saved_usd: Decimal
    unpriced_requests: int

    @property
    def failed(self) -> int:
        return self.requests - self.answered - self.refused


def select_list(measures: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in measures.items())


def only(names: Sequence[str], measures: Mapping[str, str]) -> dict[str, str]:
    """Some of the measures, in the order of the names; those that are there."""
    return {name: measures[name] for name in names if name in measures}


def summed(names: Sequence[str]) -> dict[str, str]:
    """The columns of a rollup that the measures are made of; with `SPENT` there are `requests`."""
    needed = (*names, "refused") if "refused_by_permission" in names else names
    return only(tuple(dict.fromkeys(needed)), OF_COLUMNS)


def read_sums(row: Sequence[Any], names: Sequence[str] = ALL) -> Sums:
    """From columns in the order of the names, which include `SPENT`; of nothing, they are null."""
    measured = dict(zip(names, row, strict=True))
    cost_usd = measured.pop("cost_usd")
    if cost_usd is None and not measured["unpriced_requests"]:
        cost_usd = ZERO
    sums = object.__new__(Sums)
    for name, each in measured.items():
        sums.__dict__[name] = (each or ZERO) if name == "saved_usd" else int(each or 0)
    sums.__dict__["cost_usd"] = cost_usd
    return sums
