"""One cause of many signs: measures, scales and levels that moved together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from billing.anomalies.event_log import HIGH
from billing.anomalies.events import Event, Kind, Severity
from billing.anomalies.places import Place
from billing.differences import Split

EXPLAINS_SHARE = 0.7  # of the greatest excess
NARROW_RATIO = 1.2  # of places with as little usual, the one that ranks first is named
TOGETHER_SECONDS = 3 * 3600
REFUSED_SHARE = 0.5
# The measure that speaks for others, where several moved.
MEASURES = ("spend", "requests", "refusals", "errors", "tokens_per_request", "cache_hits")
# The measure that explains others comes after them: more requests are more spend.
EXPLAINING = ("spend", "cache_hits", "tokens_per_request", "errors", "requests", "refusals")
BY_MEASURE = {
    "spend": "requests",
    "requests": "requests",
    "refusals": "retries",
    "errors": "errors",
    "tokens_per_request": "tokens",
    "cache_hits": "cache",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """An event of one series: of a measure of a place."""

    place: Place
    measure: str
    event: Event

    @property
    def excess(self) -> float:
        return self.event.observed - self.event.expected

    @property
    def is_high(self) -> bool:
        return self.event.kind in HIGH


@dataclass(frozen=True, slots=True)
class Cause:
    """Signs of one thing. `place` is the narrowest that explains it, `lead` its foremost sign."""

    place: Place
    lead: Sign
    signs: Sequence[Sign]

    @property
    def severity(self) -> Severity:
        order = list(Severity)
        return max((sign.event.severity for sign in self.signs), key=order.index)

    @property
    def is_open(self) -> bool:
        return any(sign.event.is_open for sign in self.signs)


def join(signs: Iterable[Sign]) -> list[Cause]:
    """Signs of one customer, on the same side and at about the same time, are one cause."""
    groups: list[list[Sign]] = []
    for sign in sorted(signs, key=lambda each: each.event.since):
        for group in groups:
            if _belongs(sign, group):
                group.append(sign)
                break
        else:
            groups.append([sign])
    return [_cause(group) for group in groups]


def what_changed(cause: Cause, split: Split | None = None) -> str:
    """One of the causes of `billing.differences`, or `errors` or `silence`."""
    if cause.lead.event.kind is Kind.SILENCE:
        return "silence"
    by_measure = {sign.measure: sign for sign in cause.signs if sign.place == cause.place}
    refused, asked = by_measure.get("refusals"), by_measure.get("requests")
    if refused and (asked is None or refused.excess >= REFUSED_SHARE * asked.excess):
        return "retries"
    if split is not None and split.total_usd > 0:
        parts = {**split.causes, "mix": split.causes["mix"] + sum(split.new.values())}
        return max(parts, key=lambda part: parts[part])
    return BY_MEASURE[max(by_measure, key=EXPLAINING.index)]


def _belongs(sign: Sign, group: Sequence[Sign]) -> bool:
    first = group[0]
    if sign.place.customer != first.place.customer or not _same_side(sign, group):
        return False
    ended = max(each.event.until or each.event.seen_at for each in group)
    is_open = any(each.event.is_open for each in group)
    is_near = is_open or sign.event.since <= ended + TOGETHER_SECONDS
    return is_near and any(_related(sign, each) for each in group)


def _same_side(sign: Sign, group: Sequence[Sign]) -> bool:
    """Cache hits fall while spend rises: a falling cause of what rises is on its side."""
    if "cache_hits" in (sign.measure, group[0].measure):
        return True
    return sign.is_high == group[0].is_high


def _related(one: Sign, other: Sign) -> bool:
    """One place holds the other, or the very same rise is seen from two sides: a key, its model."""
    if one.place.holds(other.place) or other.place.holds(one.place):
        return True
    less, more = sorted((abs(one.excess), abs(other.excess)))
    return one.measure == other.measure and less >= EXPLAINS_SHARE * more


def _cause(group: Sequence[Sign]) -> Cause:
    measure = min((sign.measure for sign in group), key=MEASURES.index)
    spoken = [sign for sign in group if sign.measure == measure]
    most = max(abs(sign.excess) for sign in spoken)
    explaining = [sign for sign in spoken if abs(sign.excess) >= EXPLAINS_SHARE * most]
    least = min(abs(sign.event.expected) for sign in explaining)
    narrow = [sign for sign in explaining if abs(sign.event.expected) <= NARROW_RATIO * least]
    lead = max(narrow, key=lambda sign: (sign.place.rank, abs(sign.excess)))
    return Cause(lead.place, lead, group)
