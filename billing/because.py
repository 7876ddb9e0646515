"""A split difference in words: "38.2 % more requests (+$512.10), less by cheaper models (−$40)"."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from billing.differences import Split
from billing.money import MINUS, amount_text

CAUSES_MAX = 3
WORTH_SAYING = Decimal("0.1")  # of all that moved, whichever way
TIMES_FROM = Decimal(2)
TENTH = Decimal("0.1")

# Each for more and for less spend.
WORDS = {
    "requests": ("more requests", "fewer requests"),
    "mix": ("dearer models", "cheaper models"),
    "cache": ("fewer cache hits", "more cache hits"),
    "retries": ("more retries", "fewer retries"),
    "tokens": ("longer requests", "shorter requests"),
    "price": ("a higher price per token", "a lower price per token"),
}


class Reason(NamedTuple):
    """Something that moved the spend, and by how much."""

    words: str
    amount_usd: Decimal


def reasons(split: Split) -> list[Reason]:
    """Everything that moved it, the largest first."""
    found = [reason for reason in _all(split) if reason.amount_usd]
    return sorted(found, key=lambda reason: -abs(reason.amount_usd))


def because(split: Split) -> str:
    """What matters of it, in one line without a full stop; empty where nothing moved."""
    found = reasons(split)
    moved = sum(abs(reason.amount_usd) for reason in found)
    said = [each for each in found if abs(each.amount_usd) >= moved * WORTH_SAYING][:CAUSES_MAX]
    along = [each for each in said if each.amount_usd * split.total_usd >= 0]
    against = [each for each in said if each.amount_usd * split.total_usd < 0]
    words = _listed(along)
    if not against:
        return words
    turn = "less by" if split.total_usd > 0 else "in spite of"
    return f"{words}, {turn} {_listed(against)}" if words else f"{turn} {_listed(against)}"


def signed_usd(amount: Decimal) -> str:
    """`+$1,353.03` or `−$40.00`: always with a sign, to the cent."""
    text = amount_text(amount, symbol="$")
    return text if text.startswith(MINUS) else f"+{text}"


def _all(split: Split) -> Iterator[Reason]:
    for cause, amount in split.causes.items():
        more, less = WORDS[cause]
        yield Reason(_measured(cause, more if amount > 0 else less, split.ratios), amount)
    for name, amount in split.new.items():
        yield Reason(f"{name} is new", amount)
    for name, amount in split.gone.items():
        yield Reason(f"{name} is no longer used", amount)


def _measured(cause: str, words: str, ratios: Mapping[str, Decimal]) -> str:
    """With by how much, where that is one number and points the way the words do."""
    ratio = ratios.get(cause)
    grows = words == WORDS[cause][0]
    if ratio is None or (ratio > 1) != grows:
        return words
    if ratio >= TIMES_FROM:
        noun = "the requests" if cause == "requests" else "the tokens a request"
        return f"{ratio.quantize(TENTH)} times {noun}"
    return f"{abs(ratio - 1) * 100:.1f} % {words}"


def _listed(given: list[Reason]) -> str:
    texts = [f"{reason.words} ({signed_usd(reason.amount_usd)})" for reason in given]
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
