"""The two sides of a reconciliation, each for one day and one model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.costs import EXACT
from billing.money import ZERO

INPUT, CACHED_INPUT, CACHE_WRITE, OUTPUT = "input", "cached_input", "cache_write", "output"
TOKEN_KINDS = (INPUT, CACHED_INPUT, CACHE_WRITE, OUTPUT)
"""Of tokens, none of which is a part of another: `input` is what no cache knew."""
ALL_KINDS = "all_kinds"
"""As a kind of an amount: the bill does not tell kinds apart."""
CHARGE = "charge"
"""As a kind of an amount: what is not billed by the token: searches, fees, taxes, credits."""

Cell = tuple[date, str]
"""A day, and the name of a model that both sides share."""


def total(amounts: Mapping[str, Decimal]) -> Decimal:
    summed = ZERO
    for amount in amounts.values():
        summed = EXACT.add(summed, amount)
    return summed


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What the provider bills: US dollars and tokens by kind.

    `tokens` is empty where the bill has amounts alone. `lines` are the rows that this is the sum
    of; each may have been rounded.
    """

    usd: Mapping[str, Decimal] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    lines: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What the books have. `usd` is the sum of the costs that are known.

    `tokens` are those of requests with a cost, `unpriced_tokens` of those without. `kinds_usd` is
    what the prices in force make of `tokens`, by kind. Of some requests nobody knows what they
    used (`uncertain_requests`): they may have cost up to `uncertain_usd` more.
    """

    requests: int = 0
    usd: Decimal = ZERO
    tokens: Mapping[str, int] = field(default_factory=dict)
    kinds_usd: Mapping[str, Decimal] = field(default_factory=dict)
    unpriced_requests: int = 0
    unpriced_tokens: Mapping[str, int] = field(default_factory=dict)
    uncertain_requests: int = 0
    uncertain_usd: Decimal = ZERO

    def all_tokens(self, kind: str) -> int:
        return self.tokens.get(kind, 0) + self.unpriced_tokens.get(kind, 0)


NOTHING_BILLED = Billed(lines=0)
NOTHING_BOOKED = Booked()
