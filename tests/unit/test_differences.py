"""Why a period cost more: parts that sum to the difference, and words that name the largest."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.because import because, signed_usd
from billing.differences import CAUSES, Consumed, split

PRICE = Decimal("0.000003")


def consumed(requests, tokens_each=1000, *, price=PRICE, hits=0, attempts=None):
    tokens = (requests - hits) * tokens_each
    return Consumed(
        requests=requests,
        cache_hits=hits,
        attempts=attempts,
        tokens=tokens,
        cost_usd=tokens * price,
    )


def parts(found):
    return [*found.causes.values(), *found.new.values(), *found.gone.values()]


def only(found):
    """The causes that count, apart from what rounding leaves."""
    return {cause for cause, usd in found.causes.items() if abs(usd) > Decimal("1e-11")}


series = st.builds(
    Consumed,
    requests=st.integers(0, 10**7),
    cache_hits=st.integers(0, 10**7),
    attempts=st.none() | st.integers(0, 10**7),
    tokens=st.integers(0, 10**12),
    cost_usd=st.decimals(0, 10**7, places=12),
)
period = st.dictionaries(st.sampled_from("abcd"), series)


@given(period, period)
@settings(max_examples=150, deadline=None)
def test_the_parts_sum_to_the_difference_to_the_last_digit(earlier, later):
    found = split(earlier, later)
    spent = [sum(each.cost_usd for each in one.values()) for one in (earlier, later)]
    assert found.total_usd == spent[1] - spent[0]
    assert sum(parts(found)) == found.total_usd
    because(found)


@given(period)
@settings(max_examples=30, deadline=None)
def test_nothing_has_moved_between_a_period_and_itself(same):
    found = split(same, same)
    assert not any(parts(found))
    assert because(found) == ""


def test_each_cause_is_found_alone():
    base = {"m": consumed(1000)}
    assert only(split(base, {"m": consumed(1500)})) == {"requests"}
    assert only(split(base, {"m": consumed(1000, 2000)})) == {"tokens"}
    assert only(split(base, {"m": consumed(1000, price=PRICE * 2)})) == {"price"}
    assert only(split(base, {"m": consumed(1000, hits=300)})) == {"cache"}
    retried = Consumed(requests=1000, attempts=1500, tokens=1_500_000, cost_usd=1_500_000 * PRICE)
    assert only(split(base, {"m": retried})) == {"retries"}


def test_a_move_to_a_dearer_model_is_the_mix():
    dear = PRICE * 10
    earlier = {"mini": consumed(900), "large": consumed(100, price=dear)}
    later = {"mini": consumed(500), "large": consumed(500, price=dear)}
    found = split(earlier, later)
    assert only(found) == {"mix"}
    assert because(found) == "dearer models (+$10.80)"


def test_new_and_vanished_series_stand_apart():
    earlier = {"old": consumed(100), "both": consumed(50)}
    later = {"new": consumed(200), "both": consumed(50)}
    found = split(earlier, later)
    assert found.new == {"new": Decimal("0.6")}
    assert found.gone == {"old": Decimal("-0.3")}
    assert not any(found.causes.values())


def test_a_series_that_got_its_price_in_between_is_new_spend():
    unpriced = Consumed(requests=10, tokens=1000, cost_usd=Decimal(0))
    found = split({"m": unpriced}, {"m": consumed(10)})
    assert found.new == {"m": Decimal("0.03")}


def test_fees_without_tokens_are_a_matter_of_price():
    fee = Consumed(requests=10, cost_usd=Decimal(1)), Consumed(requests=10, cost_usd=Decimal(2))
    assert only(split({"m": fee[0]}, {"m": fee[1]})) == {"price"}


def test_the_words_name_what_matters_and_what_worked_against_it():
    found = split({"m": consumed(10_000)}, {"m": consumed(13_820, 900)})
    assert because(found) == (
        "38.2 % more requests (+$10.98), less by 10.0 % shorter requests (−$3.58)"
    ).replace("10.98", str(found.causes["requests"].quantize(Decimal("0.01")))).replace(
        "3.58", str(-found.causes["tokens"].quantize(Decimal("0.01")))
    )
    assert (
        because(split({"m": consumed(100)}, {"m": consumed(310)}))
        == "3.1 times the requests (+$0.63)"
    )


def test_amounts_have_a_sign_and_separators():
    assert signed_usd(Decimal("1353.0349")) == "+$1,353.03"
    assert signed_usd(Decimal("-40")) == "−$40.00"


def test_every_cause_has_an_amount_even_where_it_is_none():
    assert set(split({}, {}).causes) == set(CAUSES)
