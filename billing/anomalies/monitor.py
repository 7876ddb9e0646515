"""One series watched step by step. Nothing here looks at a slot that has not ended."""

from collections import deque
from dataclasses import dataclass

from billing.anomalies.clocks import find_move, may_have_changed
from billing.anomalies.drift import find_drift
from billing.anomalies.event_log import EventLog
from billing.anomalies.events import Event, Finding, Kind
from billing.anomalies.floors import UNKNOWN, Floors
from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid
from billing.anomalies.levels import Level
from billing.anomalies.recurrence import DAYS_AGO, WEEKS_AGO, recurs_daily, recurs_monthly
from billing.anomalies.rests import Rests
from billing.anomalies.scales import HOURS_REMEMBERED, Scale
from billing.anomalies.seasons import SeasonChoice
from billing.anomalies.windows import lengths


@dataclass(frozen=True, slots=True)
class Watch:
    """How to watch a series.

    For `warm_up_seconds` it is only learned from; until `young_seconds` it is held to `YOUTH` times
    the floors. Each block has one greatest stray: of a day, or less where days are too few. For
    `hold_seconds` after an event was last seen, the same is no new one.
    """

    floors: Floors = UNKNOWN
    warm_up_seconds: float = 3 * DAY_SECONDS
    young_seconds: float = 10 * DAY_SECONDS
    block_seconds: float = DAY_SECONDS
    hold_seconds: float = DAY_SECONDS
    stride_seconds: int = 300


YOUTH = 2.5


class Monitor:
    """What is usual for one series, and what is open. `run` goes to the end of its grid."""

    def __init__(self, grid: Grid, watch: Watch | None = None) -> None:
        watch = watch or Watch()
        self.grid, self.watch = grid, watch
        self.hour = grid.slots(HOUR_SECONDS)
        self.day = max(self.hour, grid.slots(DAY_SECONDS))
        self.block = max(self.hour, grid.slots(watch.block_seconds))
        self.warm_up = grid.slots(watch.warm_up_seconds)
        self.stride = grid.slots(watch.stride_seconds)
        self.seasons = SeasonChoice(grid)
        self.scales = [Scale(grid, length) for length in lengths(grid)]
        self.level = Level(grid, watch.floors)
        self.hours: deque[float] = deque(maxlen=HOURS_REMEMBERED)
        self.rests = Rests()
        self.log = EventLog(grid.step, watch.hold_seconds)
        self.counted: Event | None = None  # whose block went into the tails already
        self.first = next((slot for slot, many in enumerate(grid.counts) if many), 1) - 1

    def run(self) -> list[Event]:
        """All events, oldest first, as if looked at after each stride of slots."""
        last = len(self.grid)
        for hour in range(self.first, last + 1, self.hour):
            self._turn_hour(hour, hour - self.first)
            ends = range(hour + self.stride, min(hour + self.hour, last) + 1, self.stride)
            if not self._pass(ends):
                for now in ends:
                    self._look(now)
        return self.log.events

    def _pass(self, ends: range) -> bool:
        """Whether nothing in these windows can be unusual or end what is: most hours are so."""
        if self.log.is_open:
            return False
        seen = [scale.extremes(ends) for scale in self.scales]
        if any(each is None for each in seen):
            return False
        pairs = [(scale, each) for scale, each in zip(self.scales, seen, strict=True) if each]
        if any(scale.is_unusual(mean) for scale, extremes in pairs for mean in extremes):
            return False
        for scale, extremes in pairs:
            for mean in extremes:
                scale.see(mean)
        return True

    def _turn_hour(self, now: int, age: int) -> None:
        """Learns from the hour that ended, and sets limits for the one that begins."""
        if age:
            self._close_hour(now)
        if age and age % self.block < self.hour:
            self._close_block(now)
        if age and age % self.day < self.hour:
            self._close_day(now)
        floors = self.level.floors.raised(YOUTH) if self._is_young(now) else self.level.floors
        for scale in self.scales:
            scale.open_hour(now, self.seasons.best, self.level.growth, self.level.mean, floors)

    def _close_hour(self, now: int) -> None:
        open_event = self.log.last(self._at(now))
        is_calm = open_event is None or open_event is not self.counted
        for scale in self.scales:
            scale.close_hour(now, is_calm=is_calm)
        self.seasons.learn(now)
        if (mean := self.grid.mean(now, self.hour)) is not None:
            self.hours.append(mean)

    def _close_block(self, now: int) -> None:
        event = self.log.last(self._at(now))
        counts = event is None or event is not self.counted
        self.counted = event
        for scale in self.scales:
            scale.close_block(counts=counts)
        before = self.seasons.best
        if self.seasons.choose() is not before:
            for scale in self.scales:
                scale.relearn(now, self.seasons.best, self.block)
        self.level.learn_block(self.hours, self.seasons.best)

    def _close_day(self, now: int) -> None:
        self.level.learn_day(now, self.seasons.best)
        if may_have_changed(self._at(now)) and (
            move := find_move(self.grid, now, self.seasons.best)
        ):
            for scale in self.scales:
                scale.move = move
        if now - self.first < self.warm_up:
            return
        if found := find_drift(self.grid, now, self.hours, self.watch.floors.excess):
            self.log.take_drift(found)

    def _look(self, now: int) -> None:
        """Judges the windows that end now; of several scales the shortest speaks."""
        found: Finding | None = None
        is_warm = now - self.first >= self.warm_up
        for scale in self.scales:
            mean = self.grid.mean(now, scale.length)
            if mean is None:
                continue
            scale.see(mean)
            if is_warm and found is None and scale.is_unusual(mean):
                found = self._judge(now, scale, mean)
        if found is None or not self.log.take(found):
            self.log.settle(self._at(now))

    def _judge(self, now: int, scale: Scale, mean: float) -> Finding | None:
        at = self._at(now)
        seconds = scale.length * self.grid.step
        if mean <= scale.silent:
            return Finding(Kind.SILENCE, at, seconds, scale.low, mean) if self._news(now) else None
        if mean > scale.upper:
            if self._recurs(now, scale, mean):
                return None
            return Finding(Kind.SPIKE, at, seconds, scale.expected, mean)
        return Finding(Kind.DROP, at, seconds, scale.expected, mean)

    def _recurs(self, now: int, scale: Scale, mean: float) -> bool:
        known = (self.grid, now, scale.length, mean, scale.high)
        days_ago = WEEKS_AGO + (DAYS_AGO if self._is_young(now) else ())
        return recurs_monthly(*known) or recurs_daily(*known, days_ago)

    def _is_young(self, now: int) -> bool:
        return (now - self.first) * self.grid.step < self.watch.young_seconds

    def _news(self, now: int) -> bool:
        """Whether silence is news: it goes on, or such rests are no habit."""
        at = self._at(now)
        self.rests.add(at)
        event = self.log.last(at)
        if event is not None and event.kind is Kind.SILENCE:
            return True
        history_seconds = (now - self.first) * self.grid.step
        return not self._is_young(now) and self.rests.is_news(at, history_seconds, self.hours)

    def _at(self, now: int) -> float:
        """When the last slot before `now` began."""
        return self.grid.start + (now - 1) * self.grid.step
