"""Why a bill differs from the books: the named causes, and that they always sum to it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.reconciliation.explaining import (
    CHARGES,
    MISSING,
    NOT_BILLED,
    OUTSIDE,
    PRICE,
    ROUNDING,
    UNPRICED,
    explain,
)
from billing.reconciliation.sides import ALL_KINDS, CHARGE, Billed, Booked

DAY = date(2026, 10, 1)
CELL = (DAY, "gpt-4o")
IN, OUT = Decimal("0.0000025"), Decimal("0.00001")


def usd(**amounts: str) -> dict[str, Decimal]:
    return {kind: Decimal(amount) for kind, amount in amounts.items()}


def booked(into: int, out: int, **more: object) -> Booked:
    """At USD 2.50 and 10 a million."""
    kinds = {"input": into * IN, "output": out * OUT}
    return Booked(
        requests=1,
        usd=sum(kinds.values()),
        tokens={"input": into, "output": out},
        kinds_usd=kinds,
        **more,
    )


def billed(into: int, out: int, times: str = "1") -> Billed:
    amounts = {"input": into * IN * Decimal(times), "output": out * OUT * Decimal(times)}
    return Billed(usd=amounts, tokens={"input": into, "output": out}, lines=2)


def causes(bill: Billed | None, book: Booked | None, unit: str = "0.000001") -> dict[str, Decimal]:
    sides = ({CELL: bill} if bill else {}, {CELL: book} if book else {})
    (found,) = explain(*sides, unit=Decimal(unit))
    assert sum(found.causes.values()) == found.usd
    return dict(found.causes)


def test_what_agrees_has_no_cause():
    assert causes(billed(1000, 100), booked(1000, 100)) == {}


def test_what_one_side_alone_has():
    assert causes(billed(1000, 100), None) == {OUTSIDE: Decimal("0.0035")}
    assert causes(None, booked(1000, 100)) == {NOT_BILLED: Decimal("-0.0035")}


def test_the_same_tokens_at_another_price_are_price_drift():
    assert causes(billed(1000, 100, "1.1"), booked(1000, 100)) == {PRICE: Decimal("0.00035")}


def test_more_tokens_are_traffic_outside_and_the_rest_is_the_price():
    found = causes(billed(3000, 100, "1.1"), booked(1000, 100))

    assert found == {OUTSIDE: Decimal("0.0055"), PRICE: Decimal("0.00035")}


def test_more_tokens_are_missing_usage_as_far_as_requests_of_unknown_usage_go():
    unknown = booked(1000, 0, uncertain_requests=2, uncertain_usd=Decimal("0.002"))

    found = causes(billed(3000, 0), unknown)

    assert found == {OUTSIDE: Decimal("0.003"), MISSING: Decimal("0.002")}


def test_tokens_of_requests_without_a_price_are_unpriced():
    some = booked(1000, 100, unpriced_requests=1, unpriced_tokens={"input": 400})
    none = Booked(requests=1, unpriced_requests=1, unpriced_tokens={"input": 1000, "output": 100})

    assert causes(billed(1400, 100), some) == {UNPRICED: Decimal("0.001")}
    assert causes(billed(1000, 100), none) == {UNPRICED: Decimal("0.0035")}
    assert causes(Billed(usd=usd(all_kinds="2")), none) == {UNPRICED: Decimal(2)}


def test_tokens_that_only_one_side_calls_cached_are_a_price_and_no_traffic():
    bill = Billed(
        usd=usd(input="0.002", cached_input="0.00025"),
        tokens={"input": 800, "cached_input": 200},
    )

    assert causes(bill, booked(1000, 0)) == {PRICE: Decimal("-0.00025")}


def test_no_more_than_lines_rounded_to_cents_is_rounding():
    bill = Billed(
        usd=usd(input="0.01", output="0.00"), tokens={"input": 1000, "output": 100}, lines=2
    )

    assert causes(bill, booked(1000, 100), "0.01") == {ROUNDING: Decimal("0.0065")}


def test_one_amount_for_all_kinds_is_shared_as_at_our_prices():
    bill = Billed(usd={ALL_KINDS: Decimal("0.0055")}, tokens={"input": 1400, "output": 200})

    assert causes(bill, booked(1000, 100)) == {OUTSIDE: Decimal("0.002")}


def test_charges_beside_tokens_are_no_usage():
    bill = Billed(usd={**billed(1000, 0).usd, CHARGE: Decimal("0.35")}, tokens={"input": 1000})
    refund = Billed(usd={CHARGE: Decimal(-5)})

    assert causes(bill, booked(1000, 0)) == {CHARGES: Decimal("0.35")}
    assert causes(refund, None) == {CHARGES: Decimal(-5)}


def days(amounts: list[str]) -> list:
    """A bill of amounts alone; 1.00 a day is booked, on each of the days."""
    cells = [(DAY + timedelta(days=number), "gpt-4o") for number in range(len(amounts))]
    bills = [Billed(usd={ALL_KINDS: Decimal(amount)}) for amount in amounts]
    books = [booked(400_000 - 7 * n, 0) for n in range(len(amounts))]
    scaled = [
        Billed(usd={ALL_KINDS: bill.usd[ALL_KINDS] * book.usd})
        for bill, book in zip(bills, books, strict=True)
    ]
    return explain(dict(zip(cells, scaled, strict=True)), dict(zip(cells, books, strict=True)))


def test_the_same_multiple_on_several_days_is_a_price_where_tokens_are_not_told():
    found = days(["1", "1", "1", "1.1", "1.1", "1.1"])

    assert [list(each.causes) for each in found] == [[], [], [], [PRICE], [PRICE], [PRICE]]
    assert all(each.is_sure for each in found)


def test_another_multiple_each_day_is_usage_and_unproven():
    found = days(["1.3", "1.7", "1"])

    assert [list(each.causes) for each in found] == [[OUTSIDE], [OUTSIDE], []]
    assert [each.is_sure for each in found] == [False, False, True]


def test_a_day_with_both_has_the_price_of_its_neighbours():
    *_, last = days(["1.1", "1.1", "1.1", "2.1"])

    assert list(last.causes) == [OUTSIDE, PRICE]
    assert last.causes[OUTSIDE] == last.booked.usd


amounts = st.decimals(min_value=-9, max_value=99, places=7)
counts = st.integers(min_value=0, max_value=10**9)
KINDS = ("input", "cached_input", "cache_write", "output")
kinds_of = st.dictionaries(st.sampled_from([*KINDS, ALL_KINDS, CHARGE]), amounts, max_size=4)
tokens_of = st.dictionaries(st.sampled_from(KINDS), counts, max_size=4)
bills = st.builds(Billed, usd=kinds_of, tokens=tokens_of, lines=st.integers(1, 50))
books = st.builds(
    Booked,
    requests=st.integers(0, 9),
    usd=amounts.map(abs),
    tokens=tokens_of,
    kinds_usd=st.dictionaries(st.sampled_from(KINDS), amounts.map(abs)),
    unpriced_requests=st.integers(0, 3),
    unpriced_tokens=tokens_of,
    uncertain_requests=st.integers(0, 3),
    uncertain_usd=amounts.map(abs),
)
cells = st.tuples(st.dates(DAY, DAY + timedelta(days=4)), st.sampled_from(["a", "b"]))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(cells, bills), st.dictionaries(cells, books), st.sampled_from(["0.01", "1"]))
def test_the_parts_sum_to_the_difference_whatever_comes(bill, book, unit):
    found = explain(bill, book, unit=Decimal(unit))

    assert {(each.day, each.model) for each in found} == {*bill, *book}
    for each in found:
        assert sum(each.causes.values()) == each.usd


@pytest.mark.parametrize("hostile", ["1e-12", "999999999999"])
def test_extreme_amounts_are_still_exact(hostile):
    assert sum(causes(Billed(usd={"input": Decimal(hostile)}), booked(1, 0)).values())
