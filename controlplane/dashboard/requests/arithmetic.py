"""A request's cost as lines that a person checks with a pocket calculator."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from billing.explanations import AttemptCost, Explanation, explain, tokens_of
from billing.money import ZERO
from billing.prices import PER_THOUSAND, Price
from billing.tokens import MAIN_KINDS, Tokens
from controlplane.catalog.models import Price as PriceRow
from controlplane.dashboard.numbers import count_text, exact_places
from controlplane.dashboard.requests.words import reason_for
from controlplane.usage.models import UsageRecord

KINDS = {
    "input": "Input, not cached",
    "cached_input": "Input, read from the provider’s cache",
    "cache_write": "Input, written to the provider’s cache",
    "cache_write_1h": "Input, written to the provider’s cache for an hour",
    "input_audio": "Audio in",
    "cached_input_audio": "Audio in, read from the provider’s cache",
    "input_image": "Images in",
    "cached_input_image": "Images in, read from the provider’s cache",
    "input_video": "Video in",
    "output": "Output",
    "output_reasoning": "Output, for reasoning",
    "output_audio": "Audio out",
    "output_image": "Images out",
    "output_video": "Video out",
    "request": "Fee for the request",
    "web_search": "Web searches",
}
UNSPLIT = {"input": "Input", "output": "Output"}
# In the order in which a reader thinks of them.
ORDER = {kind: place for place, kind in enumerate(KINDS)}
RATE_PLACES = 2
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth")


@dataclass(frozen=True)
class CostLine:
    """One line: quantity × rate = amount. Without a rate, the amount stands for itself."""

    title: str
    quantity: int | None = None
    rate: str = ""
    amount_usd: Decimal | None = None
    is_aside: bool = False


@dataclass(frozen=True)
class Arithmetic:
    """All lines of one cost, and the precision of their amounts."""

    lines: tuple[CostLine, ...]
    cost_usd: Decimal | None
    places: int
    has_fees: bool
    price: PriceRow | None

    @property
    def is_unpriced(self) -> bool:
        return self.cost_usd is None


def arithmetic_of(record: UsageRecord) -> Arithmetic:
    """From the record and the price it names; one query."""
    row = PriceRow.objects.filter(pk=record.price_id).first() if record.price_id else None
    price = Price.from_row(vars(row)) if row else None
    told = explain(_tokens(record), price, record.attempts, record.cost_usd)
    lines = tuple(_lines(record, told, price))
    return Arithmetic(
        lines=lines,
        cost_usd=told.cost_usd,
        places=exact_places([told.cost_usd, *(line.amount_usd for line in lines)]),
        has_fees=any(line.kind in PER_THOUSAND for line in told.lines),
        price=row,
    )


def _tokens(record: UsageRecord) -> Tokens:
    main = {kind: getattr(record, f"{kind}_tokens", 0) for kind in MAIN_KINDS}
    return tokens_of(main, record.token_details)


def _lines(record: UsageRecord, told: Explanation, price: Price | None) -> Iterator[CostLine]:
    kinds = {line.kind for line in told.lines}
    for line in sorted(told.lines, key=lambda each: ORDER[each.kind]):
        title = _title(line.kind, kinds)
        yield CostLine(title, line.quantity, _rate(line.rate_usd, line.kind), line.amount_usd)
    if told.cost_usd is None:
        yield from _unpriced(record)
    for attempt in told.attempts:
        yield _attempt(attempt)
    if told.others_usd:
        yield CostLine(_title_of_others(record, price), amount_usd=told.others_usd)
    if told.rounding_usd:
        yield CostLine("Rounding", amount_usd=told.rounding_usd)


def _title(kind: str, kinds: set[str]) -> str:
    """ "Not cached" is said only where something was."""
    side = kind.partition("_")[0]
    is_split = any(each != kind and side in each.split("_") for each in kinds)
    if kind == "input":
        is_split = is_split or "cache_write" in kinds or "cache_write_1h" in kinds
        return KINDS[kind] if is_split else UNSPLIT[kind]
    if kind == "output" and "output_reasoning" in kinds:
        return "Output, but for reasoning"
    return KINDS[kind]


def _rate(rate: Decimal, kind: str) -> str:
    """All decimals that the price has, and at least cents."""
    places = max(RATE_PLACES, -int(rate.normalize().as_tuple().exponent))
    per = " per 1,000" if kind in PER_THOUSAND else ""
    return f"{rate:,.{places}f}{per}"


def _unpriced(record: UsageRecord) -> Iterator[CostLine]:
    for title, quantity in (("Input", record.input_tokens), ("Output", record.output_tokens)):
        if quantity:
            yield CostLine(title, quantity, "no price", None)


def _attempt(attempt: AttemptCost) -> CostLine:
    place = ORDINALS[min(attempt.number, len(ORDINALS)) - 1]
    why = reason_for(attempt.error_code) or "answered"
    billed = "" if attempt.amount_usd else ", not billed"
    title = f"{place} attempt, {attempt.model} ({why}{billed})"
    amount = attempt.amount_usd or ZERO
    return CostLine(title, amount_usd=amount, is_aside=not attempt.amount_usd)


def _title_of_others(record: UsageRecord, price: Price | None) -> str:
    others = [record.token_details.get(f"other_{side}", 0) for side in ("input", "output")]
    if any(others):
        many = " in and ".join(map(count_text, others))
        return f"Other models used for it ({many} tokens out)"
    return "Other than this price says" if price else "Booked without a price of its own"
