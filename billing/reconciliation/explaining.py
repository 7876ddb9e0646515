"""Why a bill differs from the books: parts for each day and model that sum to the difference.

Where the bill counts tokens, each kind's tokens are held against ours: what it has more of is
usage that the books lack, at the bill's own price for it, and what is then left is the price. Where
it has amounts alone, a multiple that repeats is a price (`steadiness.py`), and the rest is usage:
the file does not prove it, and the difference says so (`is_sure`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal

from billing.money import ZERO, settle_round
from billing.reconciliation.sides import (
    ALL_KINDS,
    CHARGE,
    NOTHING_BILLED,
    NOTHING_BOOKED,
    TOKEN_KINDS,
    Billed,
    Booked,
    Cell,
    total,
)
from billing.reconciliation.steadiness import ONE, Factors, Witness, witness

WIDE = Context(prec=60)
UNPRICED, MISSING, OUTSIDE = "unpriced", "missing_usage", "outside_the_gateway"
NOT_BILLED, PRICE, CHARGES, ROUNDING = "not_billed", "price_drift", "other_charges", "rounding"
CAUSES = (OUTSIDE, MISSING, UNPRICED, PRICE, NOT_BILLED, CHARGES, ROUNDING)
LEAST_UNIT = Decimal("0.000001")
"""Amounts are sums of floating point numbers at most providers: less than this is no finding."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One day and model: what is billed, what is booked, and why they differ.

    The causes sum to `billed_usd - booked_usd`, to the last digit. `is_sure` is False where the
    bill has no token counts to tell a cause by.
    """

    day: date
    model: str
    billed: Billed
    booked: Booked
    causes: Mapping[str, Decimal] = field(default_factory=dict)
    is_sure: bool = True

    @property
    def billed_usd(self) -> Decimal:
        return total(self.billed.usd)

    @property
    def usd(self) -> Decimal:
        return WIDE.subtract(self.billed_usd, self.booked.usd)


def explain(
    billed: Mapping[Cell, Billed], booked: Mapping[Cell, Booked], *, unit: Decimal = LEAST_UNIT
) -> list[Difference]:
    """By day, then model. `unit` is the smallest one that the bill's amounts are written in."""
    slack = max(unit, LEAST_UNIT) / 2
    factors = _factors(billed, booked, slack)
    cells = sorted({*billed, *booked})
    sides = ((cell, billed.get(cell), booked.get(cell)) for cell in cells)
    return [_difference(cell, bill, book, slack, factors) for cell, bill, book in sides]


def _difference(
    cell: Cell,
    bill: Billed | None,
    book: Booked | None,
    slack: Decimal,
    factors: Mapping[str, Factors],
) -> Difference:
    day, model = cell
    found = Difference(day, model, bill or NOTHING_BILLED, book or NOTHING_BOOKED)
    if not found.usd:
        return found
    charges = _charged_beyond(found)
    left = WIDE.subtract(found.usd, charges)
    if book is None or not book.requests:
        parts, is_sure = {OUTSIDE: left}, True
    elif bill is None:
        parts, is_sure = {NOT_BILLED: left}, True
    elif bill.tokens:
        parts, is_sure = _by_tokens(found, left), True
    else:
        of_model = factors.get(model, Factors(()))
        parts, is_sure = _by_amounts(found, left, of_model), of_model.are_steady(day, bill.usd)
    return _told(found, {**parts, CHARGES: charges}, slack, is_sure=is_sure)


def _by_tokens(found: Difference, left: Decimal) -> dict[str, Decimal]:
    bill, book = found.billed, found.booked
    rates = {kind: _rate(bill, book, kind) for kind in TOKEN_KINDS}
    unpriced = _valued(book.unpriced_tokens, rates)
    more = {kind: bill.tokens.get(kind, 0) - book.all_tokens(kind) for kind in TOKEN_KINDS}
    volume = ZERO if _counts_the_same(more) else _valued(more, rates)
    price = WIDE.subtract(WIDE.subtract(left, unpriced), volume)
    return {UNPRICED: unpriced, **_usage(volume, book), PRICE: price}


def _charged_beyond(found: Difference) -> Decimal:
    """Searches and the like, as far as our own cost has nothing for them."""
    charge = found.billed.usd.get(CHARGE, ZERO)
    ours = WIDE.subtract(found.booked.usd, total(found.booked.kinds_usd))
    return WIDE.subtract(charge, max(ZERO, min(ours, charge))) if charge > 0 else charge


def _counts_the_same(more: Mapping[str, int]) -> bool:
    """As many tokens in and out, though some were cached on one side alone: that is a price."""
    *inputs, output = (more[kind] for kind in TOKEN_KINDS)
    return sum(inputs) == 0 and output == 0


def _rate(bill: Billed, book: Booked, kind: str) -> Decimal:
    """US dollars a token: the bill's, or ours for what it does not have."""
    if bill.tokens.get(kind) and kind in bill.usd:
        return WIDE.divide(bill.usd[kind], Decimal(bill.tokens[kind]))
    if ALL_KINDS in bill.usd:
        return _share_of_all(bill, book, kind)
    return _our_rate(book, kind)


def _share_of_all(bill: Billed, book: Booked, kind: str) -> Decimal:
    """Of one amount for all kinds: as dear beside the others as at our prices."""
    ours = _valued(bill.tokens, {each: _our_rate(book, each) for each in TOKEN_KINDS})
    if ours:
        return WIDE.divide(WIDE.multiply(_our_rate(book, kind), bill.usd[ALL_KINDS]), ours)
    counted = sum(bill.tokens.values())
    return WIDE.divide(bill.usd[ALL_KINDS], Decimal(counted)) if counted else ZERO


def _our_rate(book: Booked, kind: str) -> Decimal:
    tokens = book.tokens.get(kind)
    return WIDE.divide(book.kinds_usd.get(kind, ZERO), Decimal(tokens)) if tokens else ZERO


def _valued(tokens: Mapping[str, int], rates: Mapping[str, Decimal]) -> Decimal:
    value = ZERO
    for kind, count in tokens.items():
        value = WIDE.fma(rates.get(kind, ZERO), Decimal(count), value)
    return value


def _by_amounts(found: Difference, left: Decimal, factors: Factors) -> dict[str, Decimal]:
    book = found.booked
    if not book.usd and book.unpriced_requests:
        return {UNPRICED: left}
    price = ZERO
    for kind, _, ours in _comparable(found.billed, book):
        price = WIDE.fma(ours, factors.on(found.day, kind) - ONE, price)
    unpriced = _unpriced_share(book) if book.unpriced_requests else ZERO
    unpriced = max(ZERO, min(unpriced, WIDE.subtract(left, price)))
    volume = WIDE.subtract(WIDE.subtract(left, price), unpriced)
    return {UNPRICED: unpriced, **_usage(volume, book), PRICE: price}


def _unpriced_share(book: Booked) -> Decimal:
    """What requests without a price cost, if their tokens cost what those with one did."""
    priced, unpriced = sum(book.tokens.values()), sum(book.unpriced_tokens.values())
    return WIDE.divide(book.usd * unpriced, Decimal(priced)) if priced else book.usd


def _usage(volume: Decimal, book: Booked) -> dict[str, Decimal]:
    """Usage beyond the books: what requests of unknown usage may hold of it, then traffic that
    went another way. Less than the books have is usage that is not billed."""
    if volume <= 0:
        return {NOT_BILLED: volume}
    missing = min(volume, book.uncertain_usd) if book.uncertain_requests else ZERO
    return {MISSING: missing, OUTSIDE: WIDE.subtract(volume, missing)}


def _told(
    found: Difference, parts: Mapping[str, Decimal], slack: Decimal, *, is_sure: bool
) -> Difference:
    """Rounded as the books are; what is within the rounding of the lines is called that."""
    causes = {cause: settle_round(amount) for cause, amount in parts.items()}
    within = slack * found.billed.lines
    small = [cause for cause, amount in causes.items() if abs(amount) <= within]
    if PRICE in small or (len(small) == len(causes) and abs(found.usd) <= within):
        causes[ROUNDING] = sum((causes.pop(cause) for cause in small), ZERO)
        is_sure = is_sure or len(small) == len(parts)
    causes = {cause: amount for cause, amount in causes.items() if amount}
    largest = max(causes, key=lambda cause: abs(causes[cause]), default=ROUNDING)
    rest = WIDE.subtract(found.usd, sum(causes.values(), ZERO))
    causes[largest] = WIDE.add(causes.get(largest, ZERO), rest)
    ordered = {cause: causes[cause] for cause in CAUSES if causes.get(cause)}
    return Difference(found.day, found.model, found.billed, found.booked, ordered, is_sure)


def _factors(
    billed: Mapping[Cell, Billed], booked: Mapping[Cell, Booked], slack: Decimal
) -> dict[str, Factors]:
    """By model, from the days on which the bill has no tokens and every request has a price."""
    seen: dict[str, list[Witness]] = {}
    for (day, model), bill in billed.items():
        book = booked.get((day, model), NOTHING_BOOKED)
        if bill.tokens or book.unpriced_requests:
            continue
        for kind, usd, ours in _comparable(bill, book):
            one = witness(day, kind, usd, ours, slack * bill.lines)
            seen.setdefault(model, []).append(one)
    return {model: Factors(each) for model, each in seen.items()}


def _comparable(bill: Billed, book: Booked) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Each kind that both sides have money for, with both amounts."""
    for kind, usd in bill.usd.items():
        ours = book.usd if kind == ALL_KINDS else book.kinds_usd.get(kind, ZERO)
        if kind != CHARGE and ours > 0:
            yield kind, usd, ours
