"""No call costs more than its ceiling: the dearest rate of everything that could apply."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ceilings import Ceiling, ceiling_of
from billing.costs import cost_of
from billing.money import USD_MAX
from billing.prices import LongContext, Price
from billing.tokens import Tokens
from tests.estimates import EPOCH, price

TWO_SIDES = {"input": "3", "output": "15"}


def ceiling(*prices: Price) -> Ceiling:
    found = ceiling_of(prices)
    assert found is not None
    return found


def tiered(**long_context: dict[str, str]) -> Price:
    base = price(**TWO_SIDES).rates
    tiers = tuple(
        LongContext(int(above[1:]), {**base, **{kind: Decimal(rate) for kind, rate in of.items()}})
        for above, of in long_context.items()
    )
    return Price("p", EPOCH, base, long_context=tiers)


@pytest.mark.parametrize(
    ("rates", "usd"),
    [
        (TWO_SIDES, "0.018"),
        ({**TWO_SIDES, "cache_write_1h": "6", "cached_input": "0.3"}, "0.021"),
        ({**TWO_SIDES, "input_audio": "40", "output_audio": "80"}, "0.12"),
        ({**TWO_SIDES, "request": "12"}, "0.03"),
        ({"input": "3"}, "0.003"),
        ({"output": "0", "input": "0"}, "0"),
    ],
)
def test_it_takes_the_dearest_rate_of_each_side(rates: dict[str, str], usd: str):
    assert ceiling(price(**rates)).usd(1000, 1000) == Decimal(usd)


def test_text_alone_is_not_counted_as_audio_or_images():
    rates = {**TWO_SIDES, "input_audio": "40", "input_image": "9", "cache_write": "4"}

    assert ceiling(price(**rates)).usd(1000, 0, is_text=True) == Decimal("0.004")
    assert ceiling(price(**rates)).usd(1000, 0) == Decimal("0.04")


def test_it_reaches_for_the_long_context_tiers_that_may_be_hit():
    bound = ceiling(tiered(a1000={"input": "6"}, a2000={"input": "1", "output": "99"}))

    assert bound.usd(1000, 0) == Decimal("0.003")
    assert bound.usd(1001, 0) == Decimal("0.006006")
    assert bound.usd(3000, 1) == Decimal("0.018099")


def test_the_dearest_of_several_prices_bounds_them_all():
    bound = ceiling(price(input="3", output="9"), price(input="7", output="8", web_search="10"))

    assert bound.usd(1000, 1000) == Decimal("0.016")
    assert bound.usd(0, 0, web_searches=3) == Decimal("0.03")


def test_there_is_none_without_a_price():
    assert ceiling_of([]) is None


def test_what_no_column_could_hold_is_the_largest_amount_there_is():
    assert ceiling(price(input="9999999999")).usd(10**12, 0) == USD_MAX


rates = st.dictionaries(
    st.sampled_from(["cached_input", "cache_write", "cache_write_1h", "output_reasoning"]),
    st.decimals("0", "100", places=4),
)


@settings(max_examples=200, deadline=None)
@given(base=rates, tier=rates, parts=st.tuples(*[st.integers(0, 500)] * 5))
def test_no_split_of_a_text_call_costs_more(
    base: dict[str, Decimal], tier: dict[str, Decimal], parts: tuple[int, ...]
):
    cached, written, fresh, thought, answered = parts
    rates = {"input": Decimal(3), "output": Decimal(15), **base}
    priced = Price("p", EPOCH, rates, long_context=(LongContext(700, {**rates, **tier}),))
    tokens = Tokens(
        cached + written + fresh, cached, written, thought + answered, thought, written // 2
    )

    bound = ceiling(priced).usd(tokens.input, tokens.output, is_text=True)

    assert cost_of(tokens, priced).total_usd <= bound
