"""What was chosen in Explore's row of fields, read strictly."""

from dataclasses import dataclass
from datetime import timedelta

from controlplane.accounts.permissions import Principal
from controlplane.dashboard.explore.measures import MEASURES, Measure, Percentile
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import PageFilter, dimensions_for
from controlplane.errors import invalid
from controlplane.usage.parameters import METADATA_PREFIX, metadata_key

GRAINS = {"hour": "Hour", "day": "Day", "month": "Month"}
HOURS_MAX, DAYS_MAX = timedelta(days=45), timedelta(days=400)
VIEWS = {"stack": "Stack", "lines": "Lines", "table": "Table"}


@dataclass(frozen=True)
class Choices:
    """`note` says what was not possible as it was asked for."""

    name: str
    measure: Measure | Percentile
    by: str
    then: str | None
    each: str
    view: str
    focus: str | None
    note: str = ""

    @property
    def dimensions(self) -> list[str]:
        return [self.by, *([self.then] if self.then else [])]


def read_choices(query: Query, chosen: PageFilter, viewer: Principal) -> Choices:
    """Raises `DomainError` for what is not there to choose."""
    name = _one_of(query, "measure", MEASURES, "cost")
    measure = MEASURES[name]
    by = _dimension(query, "by", viewer) or "model"
    then = _dimension(query, "then", viewer)
    each, note = _grain(query, chosen)
    view = _one_of(query, "view", VIEWS, "stack" if measure.is_sum else "lines")
    if view == "stack" and not measure.is_sum:
        view = "lines"
    focus = query.first("focus") if "focus" in query else None
    return Choices(name, measure, by, None if then == by else then, each, view, focus, note)


def _one_of(query: Query, name: str, known: dict, default: str) -> str:
    value = query.first(name, default)
    if value not in known:
        raise invalid(name, f"Must be one of {', '.join(known)}.")
    return value


def _dimension(query: Query, name: str, viewer: Principal) -> str | None:
    value = query.first(name)
    if not value:
        return None
    if value.startswith(METADATA_PREFIX):
        metadata_key(value)
        return value
    return _one_of(query, name, dict.fromkeys(dimensions_for(viewer)), value)


def _grain(query: Query, chosen: PageFilter) -> tuple[str, str]:
    """As asked for, unless that would be too many points to read."""
    length = chosen.span.end - chosen.span.start
    finest = "hour" if length <= HOURS_MAX else "day" if length <= DAYS_MAX else "month"
    default = "hour" if length <= timedelta(days=2) else "day" if length <= DAYS_MAX else "month"
    asked = _one_of(query, "each", GRAINS, default)
    order = list(GRAINS)
    if order.index(asked) >= order.index(finest):
        return asked, ""
    points = length // (timedelta(hours=1) if asked == "hour" else timedelta(days=1))
    return finest, (
        f"Shown by {finest}: {chosen.period.days:,} days by {asked} would be {points:,} points."
    )
