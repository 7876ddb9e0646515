"""The facts of an alert of the kind "unusual": what its page, its notices and the API show.

Money is text in USD, instants are ISO 8601 in UTC. Lists are bounded, so that an alert stays a row
of a few kilobytes however long it lasts.
"""

from collections.abc import Mapping
from typing import Literal, TypedDict

POINTS_MAX = 72
CARRIERS_MAX = 5

Changed = Literal[
    "requests", "mix", "cache", "retries", "tokens", "price", "errors", "refusals", "silence"
]


class Point(TypedDict):
    """An hour of the series; the last one may not be over, and then says what it holds so far.

    `low` and `high` bound what is usual. All four are of the whole hour (or what of it is over), in
    the unit of the measure: USD, a count, or tokens a request.
    """

    at: str
    observed: float
    expected: float
    low: float
    high: float


class Part(TypedDict):
    """A part of the difference in money; all parts sum to it. `words` read "more requests".

    The difference is to the same time a week before (a day before, of what is younger).
    """

    words: str
    amount_usd: str


class Carrier(TypedDict):
    """Who carries the rise: `dimension` is `virtual_key`, `model`, `team` or `metadata.KEY`.

    `observed` and `expected` are since it began, in the unit of the measure. `share` is of the rise
    as a whole, 0 to 1 (more where others fell).
    """

    dimension: str
    value: str
    observed: float
    expected: float
    share: float


class Rows(TypedDict):
    """The requests behind it: conditions as the list of requests and the REST filter name them.

    `fields` maps `customer`, `team`, `virtual_key`, `model` or `metadata.KEY` to a value.
    """

    fields: Mapping[str, str]
    start: str
    end: str


class UnusualFacts(TypedDict):
    """What `Alert.facts` holds where `Alert.kind` is `unusual`.

    `measure` is `spend`, `requests`, `errors`, `refusals`, `tokens_per_request` or `cache_hits`;
    `form` is `spike`, `drop`, `drift` or `silence`. `times` is observed by expected, None where
    nothing was expected. `above_usd` is the money above what was expected since it began, and
    `above_usd_per_day` what a day of it would come to; negative where it is less.
    """

    measure: str
    form: str
    changed: Changed
    place: Mapping[str, str]
    since: str
    seen_at: str
    window_seconds: int
    observed: float
    expected: float
    times: float | None
    above_usd: str
    above_usd_per_day: str
    points: list[Point]
    because: str
    parts: list[Part]
    carriers: list[Carrier]
    rows: Rows
