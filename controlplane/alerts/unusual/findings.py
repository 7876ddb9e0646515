"""What is to say of one cause: its hours, its money, what changed, and who carries it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from billing.anomalies.causes import Cause, what_changed
from billing.anomalies.floors import FLOORS
from billing.anomalies.monitor import Monitor, Watch
from billing.anomalies.outlines import expected_since, onset, outline
from billing.differences import Split
from billing.money import settle_round
from controlplane.accounts.permissions import Principal, Role
from controlplane.alerts.unusual.facts import CARRIERS_MAX, POINTS_MAX, Carrier, Point
from controlplane.alerts.unusual.histories import STEP_SECONDS, History
from controlplane.alerts.unusual.places import METADATA, records_of
from controlplane.usage.comparison import Change, compare, split_difference
from controlplane.usage.filters import RecordFilter
from controlplane.usage.measures import Sums
from controlplane.usage.metadata_keys import used_metadata_keys

WEEK, DAY = timedelta(days=7), timedelta(days=1)
METADATA_KEYS_MAX = 3
SHARE_MIN = 0.1  # of the rise: who carries less is not named
DIGITS = 6


@dataclass(frozen=True)
class Finding:
    """A cause that is under way at `now`, the end of a slot, and what the books say of it."""

    cause: Cause
    now: datetime

    @cached_property
    def history(self) -> History:
        return History(self.cause.place, self.now)

    @property
    def measure(self) -> str:
        return self.cause.lead.measure

    @property
    def is_mean(self) -> bool:
        return FLOORS[self.measure].is_mean

    @cached_property
    def since(self) -> datetime:
        event = self.cause.lead.event
        return datetime.fromtimestamp(onset(self.history.grid(self.measure), event), UTC)

    @cached_property
    def points(self) -> list[Point]:
        """The last hours of the measure, and what was usual."""
        hours = outline(self._watched(self.measure), POINTS_MAX)
        return [
            Point(
                at=datetime.fromtimestamp(hour.at, UTC).isoformat(),
                observed=self._sum(hour.observed, hour.slots),
                expected=self._sum(hour.expected, hour.slots),
                low=self._sum(hour.low, hour.slots),
                high=self._sum(hour.high, hour.slots),
            )
            for hour in hours
        ]

    @cached_property
    def observed_and_expected(self) -> tuple[float, float]:
        """Since it began, in the unit of the measure."""
        if self.is_mean:
            event = self.cause.lead.event
            return _rounded(event.observed), _rounded(event.expected)
        return self._since(self.measure)

    @cached_property
    def above_usd(self) -> Decimal:
        """Spent beyond what was expected since it began."""
        observed, expected = self._since("spend")
        return settle_round(Decimal(repr(observed - expected)))

    @property
    def above_usd_per_day(self) -> Decimal:
        return settle_round(self.above_usd * Decimal(DAY / max(self.now - self.since, DAY / 288)))

    @cached_property
    def split(self) -> Split:
        return split_difference(self.later, self.earlier)

    @property
    def changed(self) -> str:
        return what_changed(self.cause, self.split)

    @property
    def later(self) -> RecordFilter:
        return replace(records_of(self.cause.place), start=self.since, end=self.now)

    @cached_property
    def earlier(self) -> RecordFilter:
        """The same time a week before; of a place that is younger, a day before."""
        is_known = self.history.first <= self.since - WEEK
        back = WEEK if is_known or self.now - self.since > DAY else DAY
        return replace(self.later, start=self.since - back, end=self.now - back)

    @cached_property
    def carriers(self) -> list[Carrier]:
        """Who carries the rise, by each dimension below the place; the largest first."""
        found = [each for dimension in self._dimensions() for each in self._carriers_by(dimension)]
        return sorted(found, key=lambda each: -each["share"])[: 3 * CARRIERS_MAX]

    def _dimensions(self) -> Iterator[str]:
        ids = self.cause.place.ids()
        yield from (name for name in ("team", "virtual_key", "model") if name not in ids)
        asker = Principal(Role.AUDITOR, ids["customer"], "anomalies", ids.get("team"))
        for key in used_metadata_keys(asker, most=METADATA_KEYS_MAX):
            if METADATA + key not in ids:
                yield METADATA + key

    def _carriers_by(self, dimension: str) -> list[Carrier]:
        changes = compare(self.later, self.earlier, dimension, top=CARRIERS_MAX, order="moved")
        rises = {each: self._amount(each.later) - self._amount(each.earlier) for each in changes}
        whole = sum(rises.values())
        return [
            _carrier(dimension, change, self, rise / whole)
            for change, rise in rises.items()
            if not change.is_other and change.value is not None and whole
            if rise / whole >= SHARE_MIN
        ]

    def _amount(self, sums: Sums) -> float:
        match self.measure:
            case "requests":
                return float(sums.requests)
            case "refusals":
                return float(sums.refused)
            case "errors":
                return float(sums.failed)
            case _:
                return float(sums.cost_usd or 0)

    def _since(self, measure: str) -> tuple[float, float]:
        watched = self._watched(measure)
        grid = watched.grid
        begin = min(max(0, round((self.since.timestamp() - grid.start) / STEP_SECONDS)), len(grid))
        observed = grid.sums[-1] - grid.sums[begin]
        return _rounded(observed), _rounded(expected_since(watched, begin))

    def _watched(self, measure: str) -> Monitor:
        if measure not in self._monitors:
            monitor = Monitor(self.history.grid(measure), Watch(floors=FLOORS[measure]))
            monitor.run()
            self._monitors[measure] = monitor
        return self._monitors[measure]

    @cached_property
    def _monitors(self) -> dict[str, Monitor]:
        return {}

    def _sum(self, mean: float, slots: int) -> float:
        return _rounded(mean if self.is_mean else mean * slots)


def _carrier(dimension: str, change: Change, of: Finding, share: float) -> Carrier:
    return Carrier(
        dimension=dimension,
        value=str(change.value),
        observed=_rounded(of._amount(change.later)),
        expected=_rounded(of._amount(change.earlier)),
        share=round(share, 3),
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
