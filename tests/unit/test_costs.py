"""What a call costs: every kind of token at its rate, added up exactly, rounded once."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ceilings import ceiling_of
from billing.costs import Line, cost_of, total_of
from billing.prices import LongContext, Price
from billing.tokens import Tokens

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TWO_SIDES = {"input": "3", "output": "15"}


def price(rates: dict[str, str], **long_context: dict[str, str]) -> Price:
    base = {kind: Decimal(rate) for kind, rate in rates.items()}
    tiers = tuple(
        LongContext(
            int(above.removeprefix("above_")), base | {k: Decimal(v) for k, v in of.items()}
        )
        for above, of in long_context.items()
    )
    return Price("p", EPOCH, base, long_context=tiers)


def counts(tokens: Tokens, rates: dict[str, str] = TWO_SIDES) -> dict[str, int]:
    return {line.kind: line.quantity for line in cost_of(tokens, price(rates)).lines}


def test_each_side_is_its_tokens_times_its_rate():
    cost = cost_of(Tokens(input=1000, output=200), price(TWO_SIDES))

    assert cost.input_usd == Decimal("0.003")
    assert cost.output_usd == Decimal("0.003")
    assert cost.total_usd == Decimal("0.006")
    assert cost.lines == (
        Line("input", 1000, Decimal(3), 1_000_000, Decimal("0.003")),
        Line("output", 200, Decimal(15), 1_000_000, Decimal("0.003")),
    )


EVERY_KIND = Tokens(
    input=1000,
    cached_input=300,
    cache_write=200,
    output=500,
    reasoning=100,
    cache_write_1h=50,
    input_audio=150,
    cached_input_audio=100,
    output_audio=20,
    input_image=80,
    cached_input_image=30,
    output_image=10,
    input_video=40,
    output_video=5,
)


def test_kinds_do_not_overlap():
    assert counts(EVERY_KIND) == {
        "cached_input": 170,
        "cached_input_audio": 100,
        "cached_input_image": 30,
        "cache_write": 150,
        "cache_write_1h": 50,
        "input_audio": 50,
        "input_image": 50,
        "input_video": 40,
        "input": 360,
        "output_reasoning": 100,
        "output_audio": 20,
        "output_image": 10,
        "output_video": 5,
        "output": 365,
    }


def test_audio_that_must_have_been_cached_is_not_billed_twice():
    # 50 of 100 were audio and 70 were cached, so at least 20 were both, though nobody said so.
    assert counts(Tokens(input=100, cached_input=70, input_audio=50)) == {
        "cached_input": 70,
        "input_audio": 30,
    }


RATES = {
    "cached_input": "1",
    "cache_write": "2",
    "cache_write_1h": "3",
    "input_audio": "4",
    "cached_input_audio": "5",
    "input_image": "6",
    "cached_input_image": "7",
    "input_video": "8",
    "output_reasoning": "9",
    "output_audio": "10",
    "output_image": "11",
    "output_video": "12",
}


@pytest.mark.parametrize(
    ("kind", "tokens", "fallbacks"),
    [
        ("cached_input", {"cached_input": 10}, ["input"]),
        ("cache_write", {"cache_write": 10}, ["input"]),
        ("cache_write_1h", {"cache_write": 10, "cache_write_1h": 10}, ["cache_write", "input"]),
        ("input_audio", {"input_audio": 10}, ["input"]),
        (
            "cached_input_audio",
            {"cached_input": 10, "input_audio": 10, "cached_input_audio": 10},
            ["cached_input", "input_audio", "input"],
        ),
        ("input_image", {"input_image": 10}, ["input"]),
        (
            "cached_input_image",
            {"cached_input": 10, "input_image": 10, "cached_input_image": 10},
            ["cached_input", "input_image", "input"],
        ),
        ("input_video", {"input_video": 10}, ["input"]),
        ("output_reasoning", {"reasoning": 10}, ["output"]),
        ("output_audio", {"output_audio": 10}, ["output"]),
        ("output_image", {"output_image": 10}, ["output"]),
        ("output_video", {"output_video": 10}, ["output"]),
    ],
)
def test_a_kind_without_a_rate_falls_back(kind: str, tokens: dict[str, int], fallbacks: list[str]):
    every = {"input": "100", "output": "200", **RATES}
    side = {"output": 10} if kind.startswith("output") else {"input": 10}
    chain = [kind, *fallbacks]

    for place, name in enumerate(chain):
        rates = {k: rate for k, rate in every.items() if k not in chain[:place]}
        (line,) = cost_of(Tokens(**side, **tokens), price(rates)).lines
        assert (line.kind, line.rate_usd) == (kind, Decimal(every[name]))


def test_a_side_that_is_not_sold_costs_nothing():
    cost = cost_of(Tokens(input=1_000_000, output=5), price({"input": "0.02"}))

    assert cost.total_usd == Decimal("0.02")
    assert cost.output_usd == 0


def test_fees_count_to_the_total_alone():
    rates = {**TWO_SIDES, "request": "12", "web_search": "10"}
    cost = cost_of(Tokens(input=1000, web_searches=3), price(rates))

    assert cost.total_usd == Decimal("0.003") + Decimal("0.012") + Decimal("0.03")
    assert cost.input_usd == Decimal("0.003")
    assert [line.kind for line in cost.lines] == ["input", "request", "web_search"]


def test_searches_without_a_fee_are_no_line():
    assert counts(Tokens(input=1, web_searches=3)) == {"input": 1}


@pytest.mark.parametrize(
    ("tokens", "usd"), [(200_000, "0.6"), (200_001, "1.200006"), (500_001, "4.500009")]
)
def test_a_long_context_prices_the_whole_request(tokens: int, usd: str):
    tiered = price(TWO_SIDES, above_200000={"input": "6"}, above_500000={"input": "9"})

    assert cost_of(Tokens(input=tokens), tiered).total_usd == Decimal(usd)


def test_only_the_sum_is_rounded():
    # Three kinds of 0.4 of a quantum each: rounded one by one they would vanish.
    third = "0.0000004"
    cost = cost_of(
        Tokens(input=2, cached_input=1, output=1), price({"input": third, "output": third})
    )

    assert cost.total_usd == Decimal("0.000000000001")
    assert cost.output_usd == 0


def test_half_a_quantum_is_rounded_up():
    cost = cost_of(Tokens(input=1), price({"input": "0.0000005"}))

    assert cost.total_usd == Decimal("0.000000000001")


def test_the_largest_counts_and_rates_stay_exact():
    cost = cost_of(Tokens(input=10**12 - 1), price({"input": "9999.0000000001"}))

    assert cost.lines[0].amount_usd == Decimal("9999.0000000001") * (10**12 - 1) / 10**6


amounts = st.decimals("0", "1000", places=6)
rate_tables = st.fixed_dictionaries(
    {"input": amounts, "output": amounts},
    optional=dict.fromkeys((*RATES, "request"), amounts),
)


@st.composite
def any_tokens(draw: Any) -> Tokens:
    upto = lambda most: draw(st.integers(0, most))  # noqa: E731
    whole_input, whole_output = upto(1000), upto(1000)
    cached = upto(whole_input)
    details = {kind: upto(1200) for kind in DETAILS}
    written = upto(whole_input - cached)
    return Tokens(whole_input, cached, written, whole_output, upto(whole_output), **details)


DETAILS = ["cache_write_1h"] + [
    f"{side}_{medium}"
    for side, medium in product(("input", "cached_input", "output"), ("audio", "image", "video"))
    if (side, medium) != ("cached_input", "video")
]


@settings(max_examples=200, deadline=None)
@given(tokens=any_tokens(), rates=rate_tables, tier=rate_tables)
def test_whatever_is_reported_the_whole_is_billed_once_and_below_the_ceiling(
    tokens: Tokens, rates: dict[str, Decimal], tier: dict[str, Decimal]
):
    tiered = Price("p", EPOCH, rates, long_context=(LongContext(500, {**rates, **tier}),))

    cost = cost_of(tokens, tiered)

    assert sum(
        line.quantity for line in cost.lines if "put" in line.kind or "cache" in line.kind
    ) == (tokens.input + tokens.output)
    assert all(line.quantity > 0 for line in cost.lines)
    ceiling = ceiling_of([tiered])
    assert ceiling is not None
    searches = tokens.web_searches
    assert cost.total_usd <= ceiling.usd(tokens.input, tokens.output, web_searches=searches)
    assert cost.total_usd <= ceiling.usd(tokens.input + 100, tokens.output + 100)


@settings(max_examples=200, deadline=None)
@given(tokens=any_tokens(), rates=rate_tables, with_details=st.booleans())
def test_the_short_way_to_a_total_is_as_exact_as_the_long_one(
    tokens: Tokens, rates: dict[str, Decimal], with_details: bool
):
    if not with_details:
        tokens = Tokens(**tokens.main())

    assert (
        total_of(tokens, Price("p", EPOCH, rates))
        == cost_of(tokens, Price("p", EPOCH, rates)).total_usd
    )
