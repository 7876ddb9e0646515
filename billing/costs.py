"""The one place that derives a cost from a price.

The tokens of a call are split into kinds that do not overlap, each kind is multiplied by its rate,
and only the sums are rounded. The lines of a cost are that arithmetic, for people to check.
"""

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal, Inexact
from typing import NamedTuple

from billing.money import ZERO, settle_round
from billing.prices import PER_THOUSAND, Price, Rates
from billing.tokens import Tokens

# Enough digits for any count times any rate; should they not do, it raises and does not round.
EXACT = Context(prec=60, traps=[Inexact])

# Which rate bills a kind: the first of these that the price has. What it has none for costs
# nothing: its vendor bills the other side alone (embeddings have no output rate).
INPUT_RATES = {
    "input": ("input",),
    "cached_input": ("cached_input", "input"),
    "cache_write": ("cache_write", "input"),
    "cache_write_1h": ("cache_write_1h", "cache_write", "input"),
    "input_audio": ("input_audio", "input"),
    "cached_input_audio": ("cached_input_audio", "cached_input", "input_audio", "input"),
    "input_image": ("input_image", "input"),
    "cached_input_image": ("cached_input_image", "cached_input", "input_image", "input"),
    "input_video": ("input_video", "input"),
}
OUTPUT_RATES = {
    "output": ("output",),
    "output_reasoning": ("output_reasoning", "output"),
    "output_audio": ("output_audio", "output"),
    "output_image": ("output_image", "output"),
    "output_video": ("output_video", "output"),
}
OTHER_RATES = {"request": ("request",), "web_search": ("web_search",)}
RATES_BY_KIND = INPUT_RATES | OUTPUT_RATES | OTHER_RATES


class Line(NamedTuple):
    """One kind of a call's tokens: quantity × rate ÷ per is the amount, not rounded."""

    kind: str
    quantity: int
    rate_usd: Decimal
    per: int
    amount_usd: Decimal


class Cost(NamedTuple):
    """What a call costs. The total has what is neither input nor output, too: fees, searches."""

    total_usd: Decimal
    input_usd: Decimal
    output_usd: Decimal
    lines: tuple[Line, ...]


def cost_of(tokens: Tokens, price: Price) -> Cost:
    """The exact cost of a call, rounded once."""
    rates = price.rates_for(tokens.input)
    input_lines = _lines(_input_kinds(tokens), rates)
    output_lines = _lines(_output_kinds(tokens), rates)
    lines = (*input_lines, *output_lines, *_lines(_fees(tokens, rates), rates))
    return Cost(_total(lines), _total(input_lines), _total(output_lines), lines)


def total_of(tokens: Tokens, price: Price) -> Decimal:
    """The total of `cost_of`, by a shorter way where nothing but the main kinds counts."""
    if tokens.has_details:
        return cost_of(tokens, price).total_usd
    rates = price.rates_for(tokens.input)
    fresh = tokens.input - tokens.cached_input - tokens.cache_write
    total = EXACT.multiply(_rate("input", rates), fresh)
    total = EXACT.fma(_rate("output", rates), tokens.output - tokens.reasoning, total)
    if tokens.cached_input:
        total = EXACT.fma(_rate("cached_input", rates), tokens.cached_input, total)
    if tokens.cache_write:
        total = EXACT.fma(_rate("cache_write", rates), tokens.cache_write, total)
    if tokens.reasoning:
        total = EXACT.fma(_rate("output_reasoning", rates), tokens.reasoning, total)
    fee = _rate("request", rates)
    return settle_round(EXACT.fma(fee, 1_000, total).scaleb(-6, EXACT))


def _input_kinds(tokens: Tokens) -> Iterator[tuple[str, int]]:
    """The input by kind; the counts add up to the whole, whatever was reported of its parts."""
    cached_audio = min(tokens.cached_input_audio, tokens.cached_input)
    cached_image = min(tokens.cached_input_image, tokens.cached_input - cached_audio)
    yield "cached_input", tokens.cached_input - cached_audio - cached_image
    yield "cached_input_audio", cached_audio
    yield "cached_input_image", cached_image
    one_hour = min(tokens.cache_write_1h, tokens.cache_write)
    yield "cache_write", tokens.cache_write - one_hour
    yield "cache_write_1h", one_hour
    # Where it is not said how much of the audio or images is cached, they may count more than what
    # was not cached: the excess was, and stands above.
    parts = (
        ("input_audio", tokens.input_audio - cached_audio),
        ("input_image", tokens.input_image - cached_image),
        ("input_video", tokens.input_video),
    )
    yield from _split(tokens.input - tokens.cached_input - tokens.cache_write, "input", parts)


def _output_kinds(tokens: Tokens) -> Iterator[tuple[str, int]]:
    """The output by kind; the counts add up to the whole."""
    parts = (
        ("output_reasoning", tokens.reasoning),
        ("output_audio", tokens.output_audio),
        ("output_image", tokens.output_image),
        ("output_video", tokens.output_video),
    )
    return _split(tokens.output, "output", parts)


def _split(whole: int, rest: str, parts: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Takes the parts from the whole, each at most what is left; the remainder is `rest`."""
    for kind, reported in parts:
        if reported > 0:
            taken = min(reported, whole)
            whole -= taken
            yield kind, taken
    yield rest, whole


def _fees(tokens: Tokens, rates: Rates) -> Iterator[tuple[str, int]]:
    """What is counted by the call, where the price has a fee for it."""
    if "request" in rates:
        yield "request", 1
    if "web_search" in rates:
        yield "web_search", tokens.web_searches


def _lines(kinds: Iterable[tuple[str, int]], rates: Rates) -> list[Line]:
    return [_line(kind, many, _rate(kind, rates)) for kind, many in kinds if many]


def _rate(kind: str, rates: Rates) -> Decimal:
    for name in RATES_BY_KIND[kind]:
        if name in rates:
            return rates[name]
    return ZERO


def _line(kind: str, quantity: int, rate_usd: Decimal) -> Line:
    per = 1_000 if kind in PER_THOUSAND else 1_000_000
    amount_usd = EXACT.divide(EXACT.multiply(rate_usd, quantity), per)
    return Line(kind, quantity, rate_usd, per, amount_usd)


def _total(lines: Iterable[Line]) -> Decimal:
    total = ZERO
    for line in lines:
        total = EXACT.add(total, line.amount_usd)
    return settle_round(total)
