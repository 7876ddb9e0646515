"""The bar above a page: its period with the ones beside it, its chips, and what can be added."""

from dataclasses import dataclass
from functools import cached_property

from controlplane.accounts.permissions import Principal
from controlplane.dashboard.filters.chips import Chip, chips_of
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import (
    COMPARISONS,
    DIMENSIONS,
    PageFilter,
    dimensions_for,
)
from controlplane.dashboard.numbers import days_text, period_text, zone_text
from controlplane.usage.parameters import METADATA_PREFIX
from controlplane.usage.periods import LAST_MONTH, THIS_MONTH, Period, named_period

CHOICES = {
    THIS_MONTH: "This month",
    LAST_MONTH: "Last month",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
}


@dataclass(frozen=True)
class Choice:
    """A link to the same page with something else chosen."""

    title: str
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class FilterBar:
    """What the filter bar of a page shows."""

    filter: PageFilter
    viewer: Principal
    path: str
    period_default: str = THIS_MONTH

    @property
    def query(self) -> Query:
        return self.filter.query

    @cached_property
    def chips(self) -> list[Chip]:
        return chips_of(self.query, self.viewer)

    @property
    def head(self) -> str:
        """The span and its zone: `1 – 21 November 2026, days in UTC`."""
        zone = zone_text(self.filter.period.timezone)
        if self.filter.cut is not None:
            start, end = (
                f"{moment:%Y-%m-%d %H:%M}"
                for moment in (self.filter.cut.start, self.filter.cut.end)
            )
            return f"{start} to {end} UTC"
        return f"{period_text(self.filter.period)}, days in {zone}"

    @property
    def period_title(self) -> str:
        name = self.filter.period.name
        return CHOICES.get(name) or period_text(self.filter.period)

    @property
    def periods(self) -> list[Choice]:
        chosen = self.filter.period
        return [
            Choice(title, self._at(name), chosen.name == name) for name, title in CHOICES.items()
        ]

    @property
    def before(self) -> Choice:
        other = self.filter.period.before()
        return Choice(days_text(other), self._in(other))

    @property
    def after(self) -> Choice | None:
        """None where all of it would be still to come."""
        other = self.filter.period.after()
        return Choice(days_text(other), self._in(other)) if other.start < self.filter.now else None

    @property
    def comparisons(self) -> list[Choice]:
        return [
            Choice(title, self._with(compare=None if name == "previous" else name), is_current)
            for name, title in COMPARISONS.items()
            for is_current in [name == self.filter.comparison]
        ]

    @property
    def compared_title(self) -> str:
        """`same days of October`."""
        other = self.filter.compared
        if other is None:
            return "nothing"
        if not other.is_month:
            return days_text(other)
        month = f"{other.first:%B}"
        if other.first.year != self.filter.period.first.year:
            month = f"{other.first:%B %Y}"
        return f"same days of {month}" if self.filter.is_open else month

    @property
    def compared_head(self) -> str:
        """The head of a column of differences: `vs October`."""
        other = self.filter.compared
        if other is None:
            return ""
        return f"vs {other.first:%B}" if other.is_month else "vs before"

    @property
    def subject(self) -> str:
        """What is heading somewhere: `November`."""
        period = self.filter.period
        return f"{period.first:%B}" if period.is_month else "This period"

    @property
    def dimensions(self) -> dict[str, str]:
        """What can be filtered by; nobody who is bound to one picks customers or teams."""
        return {name: DIMENSIONS[name] for name in dimensions_for(self.viewer)}

    @property
    def kept(self) -> Query:
        """What a form of the bar sends along."""
        return self.query.having({"add": None, "value": None, "after": None, "before": None})

    @property
    def without_chips(self) -> str:
        names = [name for name in self.query.values if name.startswith(METADATA_PREFIX)]
        return self._with(**dict.fromkeys([*DIMENSIONS, *names]))

    def _at(self, name: str) -> str:
        """Defaults are left out of the URL."""
        period = None if name == self.period_default else name
        return self._with(period=period, **{"from": None, "to": None})

    def _in(self, period: Period) -> str:
        """By its name where it has one that stays, else by its days."""
        if period.is_month:
            this_month = named_period(THIS_MONTH, period.timezone, self.filter.now)
            is_this = (period.first, period.last) == (this_month.first, this_month.last)
            return self._at(THIS_MONTH if is_this else f"{period.first:%Y-%m}")
        days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
        return self._with(period=None, **days)

    def _with(self, **changes: str | None) -> str:
        return self.query.having({"after": None, "before": None, **changes}).url(self.path)
