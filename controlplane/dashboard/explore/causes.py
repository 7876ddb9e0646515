"""Why a cost differs from that of the other period, as lines that add up to the difference."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from billing.differences import Split, split
from billing.money import ZERO
from controlplane.usage.consumption import consumed_in
from controlplane.usage.filters import RecordFilter
from controlplane.usage.summary import Summary
from controlplane.usage.together import Asked

SERIES_MAX = 20_000
NAMED_MAX = 3
CAUSES = {
    "requests": ("Requests", "how many were answered"),
    "tokens": ("Tokens per request", "how long questions and answers were"),
    "mix": ("Model mix", "which models they went to"),
    "price": ("Price", "what a token cost, by its kind and the price of its day"),
    "cache": ("Cache", "how many a cache answered"),
    "retries": ("Retries", "how often a provider was asked again"),
}


@dataclass(frozen=True)
class Cause:
    """One part of the difference, in US dollars, with its sign."""

    title: str
    words: str
    amount_usd: Decimal


def causes_asked(now: RecordFilter, before: RecordFilter | None) -> list[Asked]:
    """What a page asks along with its figures; nothing where nothing is compared."""
    if before is None:
        return []
    return [Asked(each, ("model", "cache"), SERIES_MAX) for each in (now, before)]


def split_of(now: Summary, before: Summary) -> Split:
    return split(consumed_in(before), consumed_in(now))


def causes_of(found: Split) -> list[Cause]:
    """Every cause, also those that moved nothing; new and vanished models apart."""
    lines = [Cause(*CAUSES[name], found.causes[name]) for name in CAUSES]
    lines += _models("New models", found.new)
    return lines + _models("Models no longer used", found.gone)


def _models(title: str, amounts: Mapping[str, Decimal]) -> list[Cause]:
    """One line, which names the first of them."""
    if not amounts:
        return []
    names = sorted(amounts, key=lambda name: -abs(amounts[name]))
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return [Cause(title, ", ".join(names[:NAMED_MAX]) + more, sum(amounts.values(), ZERO))]
