"""Telling a changed price from other usage, where a bill has amounts and no tokens.

Usage differs from day to day; a price does not. Where the bill is the same multiple of the books
on several days, or of several kinds of tokens, it is the price that differs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal

ONE = Decimal(1)
WITNESSES = 3
ALIKE = Decimal("0.002")
"""How far apart ratios of one price may lie; more where amounts were rounded."""
PLACES = Decimal("1e-9")
WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Witness:
    """On one day, one kind of token: how many times what is booked is billed.

    `blur` is how much of the ratio the rounding of its amounts may be.
    """

    day: date
    kind: str
    ratio: Decimal
    blur: Decimal


def witness(day: date, kind: str, usd: Decimal, booked_usd: Decimal, slack: Decimal) -> Witness:
    """`booked_usd` is not zero; `slack` is what rounding may have done to `usd`."""
    ratio, blur = (WIDE.divide(each, booked_usd) for each in (usd, slack))
    return Witness(day, kind, WIDE.quantize(ratio, PLACES), WIDE.quantize(blur, PLACES))


class Factors:
    """Of one model: by how much the bill's price differs from ours on a day, by kind."""

    def __init__(self, witnesses: Iterable[Witness]) -> None:
        seen = list(witnesses)
        self._steady: dict[str, dict[date, Decimal]] = {}
        for one in seen:
            if sum(_alike(one, other) for other in seen) >= WITNESSES:
                self._steady.setdefault(one.kind, {})[one.day] = one.ratio

    def on(self, day: date, kind: str) -> Decimal:
        """The steady ratio of that day, or of the day next to it that has one; 1 without any."""
        known: Mapping[date, Decimal] = self._steady.get(kind, {})
        if not known:
            return ONE
        return known[min(known, key=lambda other: (abs((other - day).days), other))]

    def are_steady(self, day: date, kinds: Iterable[str]) -> bool:
        """Whether that day itself says so, of all these kinds."""
        return all(day in self._steady.get(kind, {}) for kind in kinds)


def _alike(one: Witness, other: Witness) -> bool:
    return abs(one.ratio - other.ratio) <= ALIKE * one.ratio + one.blur + other.blur
