"""Why one period cost more than another: an exact split of the difference into causes.

The cost of a series (a model, say) is a product: all requests × the series' share of them × the
part that no cache answered × attempts a request × tokens an attempt × cost a token. The logarithmic
mean of its two costs weighs the logarithm of each factor's change (log-mean Divisia index), so that
the parts add up to the difference and no order of the causes has to be chosen. A series that cost
nothing in one of the periods has no ratio: it is new, or gone, and stands apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal

from billing.money import ZERO, settle_round

EXACT = Context(prec=60)
ONE = Decimal(1)
CAUSES = ("requests", "mix", "cache", "retries", "tokens", "price")


@dataclass(frozen=True, kw_only=True)
class Consumed:
    """What one series consumed in a period. `attempts` are calls to providers."""

    requests: int
    cache_hits: int = 0
    attempts: int | None = None
    tokens: int = 0
    cost_usd: Decimal


@dataclass(frozen=True)
class Split:
    """The parts of a difference in US dollars; they sum to `total_usd`, to the last digit.

    `ratios` has how many times the earlier value a cause is over all series, where that is one
    number.
    """

    total_usd: Decimal
    causes: Mapping[str, Decimal]
    new: Mapping[str, Decimal] = field(default_factory=dict)
    gone: Mapping[str, Decimal] = field(default_factory=dict)
    ratios: Mapping[str, Decimal] = field(default_factory=dict)


def split(earlier: Mapping[str, Consumed], later: Mapping[str, Consumed]) -> Split:
    """What made the later period cost more, or less, than the earlier one, by series."""
    both = {
        name: (earlier[name], later[name])
        for name in sorted(earlier.keys() & later.keys())
        if earlier[name].cost_usd and later[name].cost_usd
    }
    new = {name: it.cost_usd for name, it in later.items() if name not in both and it.cost_usd}
    gone = {name: -it.cost_usd for name, it in earlier.items() if name not in both and it.cost_usd}
    total = EXACT.subtract(_total(later), _total(earlier))
    shared = EXACT.subtract(total, sum([*new.values(), *gone.values()], ZERO))
    causes = _rounded(_causes(both), shared)
    sums = _sum(old for old, _ in both.values()), _sum(new for _, new in both.values())
    return Split(total, causes, new, gone, _ratios(*sums))


def _causes(both: Mapping[str, tuple[Consumed, Consumed]]) -> dict[str, Decimal]:
    before = sum(old.requests for old, _ in both.values())
    after = sum(new.requests for _, new in both.values())
    found = dict.fromkeys(CAUSES, ZERO)
    for old, new in both.values():
        if not (_was_called(old) and _was_called(new)):
            found["price"] = EXACT.add(found["price"], EXACT.subtract(new.cost_usd, old.cost_usd))
            continue
        weight = _mean(old.cost_usd, new.cost_usd)
        factors = zip(_factors(old, new, before), _factors(new, old, after), strict=True)
        for cause, (earlier, later) in zip(CAUSES, factors, strict=True):
            change = EXACT.subtract(EXACT.ln(later), EXACT.ln(earlier))
            found[cause] = EXACT.fma(weight, change, found[cause])
    return found


def _factors(one: Consumed, other: Consumed, requests: int) -> tuple[Decimal, ...]:
    """In the order of the causes. What one of the two lacks cannot be told from the price."""
    asked = one.requests - one.cache_hits
    calls = _calls(one) if _calls(one) and _calls(other) else asked
    units = one.tokens if one.tokens and other.tokens else calls
    return (
        Decimal(requests),
        _per(one.requests, requests),
        _per(asked, one.requests),
        _per(calls, asked),
        _per(units, calls),
        EXACT.divide(one.cost_usd, units),
    )


def _was_called(one: Consumed) -> bool:
    """Money without a request that a provider answered (an adjustment, say) has no factors."""
    return one.requests > one.cache_hits


def _calls(one: Consumed) -> int:
    return one.requests - one.cache_hits if one.attempts is None else one.attempts


def _mean(one: Decimal, other: Decimal) -> Decimal:
    """The logarithmic mean: between the two, and their difference over that of logarithms."""
    if one == other:
        return one
    logarithms = EXACT.subtract(EXACT.ln(other), EXACT.ln(one))
    return EXACT.divide(EXACT.subtract(other, one), logarithms)


def _rounded(causes: Mapping[str, Decimal], total: Decimal) -> dict[str, Decimal]:
    """As amounts of money; the largest takes what rounding left, so that they sum to the total."""
    rounded = {cause: settle_round(amount) for cause, amount in causes.items()}
    largest = max(rounded, key=lambda cause: abs(rounded[cause]))
    rounded[largest] = EXACT.add(rounded[largest], EXACT.subtract(total, sum(rounded.values())))
    return rounded


def _ratios(earlier: Consumed, later: Consumed) -> dict[str, Decimal]:
    ratios = {}
    if earlier.requests and later.requests:
        ratios["requests"] = _per(later.requests, earlier.requests)
    if earlier.tokens and later.tokens and _calls(earlier) and _calls(later):
        before, after = _per(earlier.tokens, _calls(earlier)), _per(later.tokens, _calls(later))
        ratios["tokens"] = EXACT.divide(after, before)
    return ratios


def _sum(many: Iterable[Consumed]) -> Consumed:
    each = list(many)
    return Consumed(
        requests=sum(one.requests for one in each),
        cache_hits=sum(one.cache_hits for one in each),
        attempts=sum(_calls(one) for one in each),
        tokens=sum(one.tokens for one in each),
        cost_usd=sum((one.cost_usd for one in each), ZERO),
    )


def _per(many: int, of: int) -> Decimal:
    return EXACT.divide(Decimal(many), Decimal(of))


def _total(series: Mapping[str, Consumed]) -> Decimal:
    total = ZERO
    for each in series.values():
        total = EXACT.add(total, each.cost_usd)
    return total
