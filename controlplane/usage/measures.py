"""What reports sum up, and the sums themselves.

A record without a price has no cost: it is counted as unpriced and never as zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.money import ZERO

# Over records. Refused: turned away at our own door, before any attempt. Failed: neither that nor
# answered. The rollup has a column of each name, counted as here (`billing/sql/roll_up.sql`).
OF_RECORDS = {
    "requests": "count(*)",
    "answered": "count(*) FILTER (WHERE status < 400 AND error_code IS NULL)",
    "refused": "count(*) FILTER (WHERE status BETWEEN 400 AND 499 AND attempts = '[]')",
    "input_tokens": "sum(input_tokens)",
    "cached_input_tokens": "sum(cached_input_tokens)",
    "cache_write_tokens": "sum(cache_write_tokens)",
    "output_tokens": "sum(output_tokens)",
    "reasoning_tokens": "sum(reasoning_tokens)",
    "cost_usd": "coalesce(sum(cost_usd), 0)",
    "saved_usd": "sum(saved_usd)",
    "unpriced_requests": "count(*) FILTER (WHERE cost_usd IS NULL)",
}
# Over sums.
OF_SUMS = {name: f"sum({name})" for name in OF_RECORDS}
# Of a group: no cost is known where none of its requests has a price.
OF_GROUPS = OF_SUMS | {
    "cost_usd": "CASE WHEN sum(requests) > sum(unpriced_requests) THEN sum(cost_usd) END"
}


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What a set of requests adds up to. `cost_usd` is None when none of them has a price."""

    requests: int
    answered: int
    refused: int
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


def read_sums(row: Sequence[Any]) -> Sums:
    """From columns in the order of the measures; of nothing, they are null."""
    measured = dict(zip(OF_RECORDS, row, strict=True))
    saved_usd, cost_usd = measured.pop("saved_usd") or ZERO, measured.pop("cost_usd")
    counts = {name: int(value or 0) for name, value in measured.items()}
    if cost_usd is None and not counts["unpriced_requests"]:
        cost_usd = ZERO
    return Sums(cost_usd=cost_usd, saved_usd=saved_usd, **counts)
