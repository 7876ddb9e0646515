"""The lines of a cost add up to it, whatever it is made of."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.costs import cost_of
from billing.explanations import explain, tokens_of
from billing.prices import Price
from billing.tokens import Tokens

PRICE = Price(
    "far/model@2026-11-01",
    datetime(2026, 11, 1, tzinfo=UTC),
    {"input": Decimal("3"), "cached_input": Decimal("0.3"), "output": Decimal("15")},
)
TOKENS = Tokens(input=3243, cached_input=2000, output=264, reasoning=96)
COST = cost_of(TOKENS, PRICE).total_usd
ANSWERED = {"provider": "far", "model": "far/model", "error_code": None, "cost_usd": str(COST)}
MISSED = {"provider": "near", "model": "near/model", "error_code": "timeout", "cost_usd": None}


def whole(told):
    amounts = [line.amount_usd for line in told.lines]
    return sum(amounts + [each.amount_usd or 0 for each in told.attempts]) + (
        told.others_usd + told.rounding_usd
    )


def test_each_kind_of_token_is_a_line_and_they_add_up():
    told = explain(TOKENS, PRICE, [ANSWERED], COST)

    assert {line.kind: line.amount_usd for line in told.lines} == {
        "cached_input": Decimal("0.0006"),
        "input": Decimal("0.003729"),
        "output_reasoning": Decimal("0.00144"),
        "output": Decimal("0.00252"),
    }
    assert whole(told) == COST == Decimal("0.008289")
    assert (told.attempts, told.others_usd, told.rounding_usd) == ((), 0, 0)


def test_what_an_earlier_attempt_cost_is_a_line_of_its_own():
    billed = {**MISSED, "cost_usd": "0.5"}

    told = explain(TOKENS, PRICE, [MISSED, billed, ANSWERED], COST + Decimal("0.5"))

    assert [each.amount_usd for each in told.attempts] == [None, Decimal("0.5")]
    assert whole(told) == COST + Decimal("0.5")
    assert not told.others_usd


def test_what_other_models_used_is_neither_lost_nor_called_rounding():
    told = explain(TOKENS, PRICE, [ANSWERED], COST + Decimal("0.000001"))

    assert (told.others_usd, told.rounding_usd) == (Decimal("0.000001"), 0)


@pytest.mark.parametrize("many", [1, 3, 7, 999])
def test_lines_that_miss_the_sum_by_rounding_say_so(many):
    rate = Decimal("0.1234567891")
    price = Price("a", PRICE.valid_from, dict.fromkeys(("input", "cached_input", "output"), rate))
    tokens = Tokens(input=2 * many, cached_input=many, output=many, reasoning=many // 2)
    cost = cost_of(tokens, price).total_usd

    told = explain(tokens, price, [], cost)

    assert whole(told) == cost
    assert not told.others_usd


def test_without_a_price_every_attempt_stands_for_itself():
    told = explain(TOKENS, None, [{**ANSWERED, "cost_usd": "0.25"}], Decimal("0.25"))

    assert whole(told) == Decimal("0.25")
    assert not told.lines


def test_an_unknown_cost_stays_unknown():
    told = explain(TOKENS, None, [{**ANSWERED, "cost_usd": None}], None)

    assert told.cost_usd is None


def test_tokens_of_other_models_are_no_part_of_the_record_s_own():
    main = {"input": 5, "cached_input": 0, "cache_write": 0, "output": 2, "reasoning": 0}

    tokens = tokens_of(main, {"input_audio": 3, "other_input": 100, "other_output": 7})

    assert tokens == Tokens(input=5, output=2, input_audio=3)
