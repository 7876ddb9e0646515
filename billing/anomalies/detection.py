"""One run over many series: which causes are under way now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from billing.anomalies.causes import Cause, Sign, join
from billing.anomalies.floors import FLOORS
from billing.anomalies.grid import Grid
from billing.anomalies.labels import Label, floors_for, is_planned
from billing.anomalies.monitor import Monitor, Watch
from billing.anomalies.places import Place
from billing.anomalies.screening import Glance, excess, may_be_unusual

CANDIDATES_MAX = 60
STILL_SECONDS = 3600  # what ended so recently is still reported, as ended


@dataclass(frozen=True, slots=True)
class Series:
    """A measure of a place: a first glance, and how to get the rest.

    `past` gives the whole series on slots of five minutes that end now, and is called for few.
    """

    place: Place
    measure: str
    glance: Glance
    past: Callable[[], Grid]

    @property
    def key(self) -> tuple[Place, str]:
        return self.place, self.measure


def detect(
    history: Iterable[Series],
    now: float,
    open_places: Iterable[tuple[Place, str]] = (),
    labels: Sequence[Label] = (),
) -> list[Cause]:
    """The causes under way, or over since an hour. What has an open event is always looked at.

    Nothing is remembered between runs: a series' past says when its event began. Where more series
    look odd than a run can judge, those that are off the most are judged.
    """
    signs = [
        Sign(series.place, series.measure, event)
        for series in candidates(history, now, set(open_places), labels)
        for event in Monitor(series.past(), watch_of(series, labels, now)).run()[-2:]
        if event.until is None or event.until > now - STILL_SECONDS
    ]
    causes = join(signs)
    return [
        cause for cause in causes if not is_planned(labels, cause.place, cause.lead.measure, now)
    ]


def candidates(
    history: Iterable[Series],
    now: float,
    open_places: set[tuple[Place, str]],
    labels: Sequence[Label] = (),
) -> list[Series]:
    """The series that are worth a closer look, those with an open event first."""
    odd = [
        series
        for series in history
        if series.key in open_places
        or may_be_unusual(series.glance, watch_of(series, labels, now).floors)
    ]
    odd.sort(key=lambda each: (each.key not in open_places, -_weight(each)))
    return odd[:CANDIDATES_MAX]


def watch_of(series: Series, labels: Sequence[Label], now: float) -> Watch:
    """With higher floors where somebody called the series noise."""
    floors = FLOORS[series.measure]
    return Watch(floors=floors_for(floors, labels, series.place, series.measure, now))


def _weight(series: Series) -> float:
    """How far off it is, as a multiple of what is worth a word of its measure."""
    return excess(series.glance) / (FLOORS[series.measure].excess or 1.0)
