"""What an alert on unusual usage holds, made ready for its page; what is missing stays away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from billing.money import ZERO, parse_usd, rounded
from controlplane.dashboard.charts import Chart, Column, Row
from controlplane.dashboard.filters.chips import title_of
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.numbers import short_day_text
from controlplane.usage.filters import COLUMNS
from controlplane.usage.parameters import METADATA_PREFIX

TITLES = {
    "spend": "Spend",
    "requests": "Requests",
    "errors": "Errors",
    "refusals": "Refusals",
    "tokens_per_request": "Tokens per request",
    "cache_hits": "Cache hits",
}
COLUMNS_DRAWN = (
    Column("observed", "line"),
    Column("expected", "previous"),
    Column("usual, at least", "low"),
    Column("usual, at most", "high"),
)
POINT = ("observed", "expected", "low", "high")
ESTIMATE_PLACES = 6


@dataclass(frozen=True)
class Part:
    """A cause of the difference, in US dollars."""

    words: str
    amount_usd: Decimal


@dataclass(frozen=True)
class Carrier:
    """Who carries the rise; `share` of it is 0 to 1, and more where others fell."""

    title: str
    dimension: str
    value: str
    observed: Decimal
    expected: Decimal
    share: Decimal
    url: str | None


@dataclass(frozen=True)
class Unusual:
    """Facts as `alerts/unusual/facts.py` describes them, of which any may be missing."""

    facts: Mapping[str, Any]

    @property
    def title(self) -> str:
        return TITLES.get(str(self.facts.get("measure")), "Usage")

    @property
    def unit(self) -> str:
        return "usd" if self.facts.get("measure") == "spend" else "count"

    @property
    def above_usd(self) -> Decimal | None:
        return _usd(self.facts.get("above_usd"))

    @property
    def above_usd_per_day(self) -> Decimal | None:
        return _usd(self.facts.get("above_usd_per_day"))

    @property
    def because(self) -> str:
        return str(self.facts.get("because") or "")

    @cached_property
    def parts(self) -> list[Part]:
        """The causes; none unless each has its amount, for they add up."""
        found = [
            (str(each.get("words", "")), _usd(each.get("amount_usd")))
            for each in _objects(self.facts, "parts")
        ]
        amounts = [Part(words, usd) for words, usd in found if usd is not None]
        return amounts if len(amounts) == len(found) else []

    @property
    def parts_usd(self) -> Decimal:
        return sum((each.amount_usd for each in self.parts), ZERO)

    @cached_property
    def carriers(self) -> list[Carrier]:
        return [one for each in _objects(self.facts, "carriers") if (one := self._carrier(each))]

    @cached_property
    def chart(self) -> Chart | None:
        """Observed against what is usual, hour by hour."""
        rows = [row for each in _objects(self.facts, "points") if (row := self._row(each))]
        if not rows:
            return None
        says = f"{self.title} by hour, against what is usual. Left and right read it."
        return Chart("lines", says, self.unit, COLUMNS_DRAWN, rows, each="hour")

    @cached_property
    def rows(self) -> Query | None:
        """The requests behind it."""
        rows = self.facts.get("rows")
        if not isinstance(rows, Mapping) or not isinstance(rows.get("fields"), Mapping):
            return None
        chosen = {
            str(name): (str(value),)
            for name, value in rows["fields"].items()
            if name in COLUMNS or str(name).startswith(METADATA_PREFIX)
        }
        span = {
            name: str(rows[key]) for name, key in (("from", "start"), ("to", "end")) if key in rows
        }
        return Query(chosen).having(span)

    def _carrier(self, given: Mapping[str, Any]) -> Carrier | None:
        numbers = [_number(given.get(name)) for name in ("observed", "expected", "share")]
        observed, expected, share = numbers
        if observed is None or expected is None or share is None:
            return None
        name, value = str(given.get("dimension", "")), str(given.get("value", ""))
        url = page_url("requests")
        if url and self.rows is not None:
            url = self.rows.having({name: value}).url(url)
        return Carrier(title_of(name), name, value, observed, expected, share, url)

    def _row(self, given: Mapping[str, Any]) -> Row | None:
        values = [_number(given.get(name)) for name in POINT]
        try:
            at = datetime.fromisoformat(str(given.get("at"))).astimezone(UTC)
        except ValueError:
            return None
        title = f"{short_day_text(at.date())}, {at:%H:%M}"
        return None if values[0] is None else Row(at, title, values)


def _objects(facts: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    given = facts.get(name)
    return [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []


def _usd(value: object) -> Decimal | None:
    try:
        return parse_usd(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _number(value: object) -> Decimal | None:
    """An estimate as a decimal; not a number is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
        return rounded(number, ESTIMATE_PLACES).normalize() if number.is_finite() else None
    except InvalidOperation:
        return None
