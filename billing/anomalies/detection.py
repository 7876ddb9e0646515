"""One run over many series: which causes are under way now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from billing.anomalies.causes import Cause, Sign, join
from billing.anomalies.floors import FLOORS
from billing.anomalies.grid import Grid
from billing.anomalies.labels import Label, floors_for, is_planned
from billing.anomalies.monitor import Monitor, Watch
from billing.anomalies.places import Place
from billing.anomalies.screening import may_be_unusual

CANDIDATES_MAX = 300
STILL_SECONDS = 3600  # what ended so recently is still reported, as ended


@dataclass(frozen=True, slots=True)
class Series:
    """A measure of a place: what the first look needs, and how to get the rest.

    `hours` are sums of whole hours; `recent` slots of five minutes since. `past` gives the whole
    series on slots of five minutes that end now, and is called for few.
    """

    place: Place
    measure: str
    hours: Sequence[float]
    recent: Sequence[float]
    past: Callable[[], Grid]


def detect(
    history: Iterable[Series],
    now: float,
    open_places: Iterable[tuple[Place, str]] = (),
    labels: Sequence[Label] = (),
) -> list[Cause]:
    """The causes under way, or over since an hour. What has an open event is always looked at.

    Nothing is remembered between runs: a series' past says when its event began. Where more series
    look odd than a run can judge, the larger ones are judged.
    """
    is_open = set(open_places)
    odd = [
        (series, floors)
        for series in history
        if not is_planned(labels, series.place, series.measure, now)
        for floors in [
            floors_for(FLOORS[series.measure], labels, series.place, series.measure, now)
        ]
        if (series.place, series.measure) in is_open
        or may_be_unusual(series.hours, series.recent, floors)
    ]
    odd.sort(key=lambda pair: (_key(pair[0]) not in is_open, -sum(pair[0].recent)))
    signs: list[Sign] = []
    for series, floors in odd[:CANDIDATES_MAX]:
        events = Monitor(series.past(), Watch(floors=floors)).run()
        signs += [
            Sign(series.place, series.measure, event)
            for event in events[-2:]
            if event.until is None or event.until > now - STILL_SECONDS
        ]
    return join(signs)


def _key(series: Series) -> tuple[Place, str]:
    return series.place, series.measure
