"""A booked cost taken apart into lines that add up to it exactly, for a person to check.

Amounts are those of `billing.costs`, each rounded to twelve decimals as the books are; what that
leaves of the cost is a line of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.costs import Line, cost_of
from billing.money import QUANTUM, ZERO, parse_usd, settle_round
from billing.prices import Price
from billing.tokens import DETAIL_KINDS, Tokens


@dataclass(frozen=True, slots=True)
class AttemptCost:
    """What an attempt before the one that answered cost; None where nobody knows."""

    number: int
    provider: str
    model: str
    error_code: str | None
    amount_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`cost_usd` is the sum of all amounts here. It is None where the model has no price."""

    lines: tuple[Line, ...]
    attempts: tuple[AttemptCost, ...]
    others_usd: Decimal
    """What models beside the one that was called used for it."""
    rounding_usd: Decimal
    cost_usd: Decimal | None


def explain(
    tokens: Tokens,
    price: Price | None,
    attempts: Sequence[Mapping[str, Any]],
    cost_usd: Decimal | None,
) -> Explanation:
    """The lines of a cost. Without a price, every attempt stands for itself."""
    lines = cost_of(tokens, price).lines if price else ()
    lines = tuple(line._replace(amount_usd=settle_round(line.amount_usd)) for line in lines)
    apart = tuple(_attempts(attempts[:-1] if price else attempts))
    if cost_usd is None:
        return Explanation(lines, apart, ZERO, ZERO, None)
    amounts = [*(line.amount_usd for line in lines), *(each.amount_usd or ZERO for each in apart)]
    rest = cost_usd - sum(amounts, ZERO)
    # Each line is off by half a quantum at most: what is more was for something else.
    is_rounding = abs(rest) <= QUANTUM * (len(lines) + 1) / 2
    others, rounding = (ZERO, rest) if is_rounding else (rest, ZERO)
    return Explanation(lines, apart, others, rounding, cost_usd)


def tokens_of(main: Mapping[str, int], details: Mapping[str, int]) -> Tokens:
    """The tokens of a usage record; what other models used is no part of them."""
    known = {kind: details[kind] for kind in DETAIL_KINDS if kind in details}
    return Tokens(**main, **known)


def _attempts(attempts: Sequence[Mapping[str, Any]]) -> list[AttemptCost]:
    return [
        AttemptCost(
            number,
            str(each.get("provider") or ""),
            str(each.get("model") or ""),
            each.get("error_code"),
            _amount(each.get("cost_usd")),
        )
        for number, each in enumerate(attempts, start=1)
    ]


def _amount(told: Any) -> Decimal | None:
    return None if told is None else parse_usd(str(told))
