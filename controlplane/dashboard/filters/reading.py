"""From a page's URL to the requests it is about.

Read strictly, as the API reads them (`usage/parameters.py`); but two days in the wrong order are
swapped, and the page says so.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Principal, visible
from controlplane.dashboard.filters.query import Query
from controlplane.errors import invalid
from controlplane.usage.filters import COLUMNS, RecordFilter
from controlplane.usage.parameters import METADATA_PREFIX, read_filter, read_timezone
from controlplane.usage.periods import THIS_MONTH, Period, days_between, named_period

DIMENSIONS = {
    "customer": "Customer",
    "team": "Team",
    "virtual_key": "Key",
    "model": "Model",
    "provider": "Provider",
    "status": "Status",
    "cache": "Cache",
    "endpoint": "Endpoint",
}
TIME = ("period", "from", "to", "tz")
FILTERS = (*DIMENSIONS, METADATA_PREFIX, *TIME)
COMPARISONS = {"previous": "the period before", "year": "a year before", "none": "nothing"}
SWAPPED = "The first day was after the last: they are swapped."
UP_TO_DAYS = 30


def dimensions_for(viewer: Principal) -> list[str]:
    """Those that tell the viewer's rows apart."""
    hidden = {"customer"} if viewer.is_bound else set()
    if viewer.team_id is not None:
        hidden.add("team")
    return [name for name in DIMENSIONS if name not in hidden]


@dataclass(frozen=True)
class Span:
    """Instants, the second one not included."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class PageFilter:
    """Which requests a page is about. `cut` is set where not whole days were asked for."""

    query: Query
    period: Period
    now: datetime
    fields: RecordFilter
    comparison: str = "previous"
    cut: Span | None = None
    notes: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        return self.cut or Span(self.period.start, self.period.end)

    @property
    def is_open(self) -> bool:
        return self.now < self.span.end

    @property
    def records(self) -> RecordFilter:
        """Up to now: nothing of the future counts."""
        span = self.span
        end = max(span.start, min(span.end, self.now))
        return replace(self.fields, start=span.start, end=end)

    @cached_property
    def compared(self) -> Period | None:
        """The period it is held against."""
        if self.comparison == "none":
            return None
        return _year_before(self.period) if self.comparison == "year" else self.period.before()

    @property
    def compared_records(self) -> RecordFilter | None:
        """The same days of the other period, up to the same time of day."""
        if self.compared is None:
            return None
        if self.cut is None:
            start, end = self.period.same_part(self.compared, self.now)
        else:
            length = self.cut.end - self.cut.start
            start, end = self.cut.start - length, min(self.cut.end, self.now) - length
        return replace(self.fields, start=start, end=end)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.fields.fields or self.fields.metadata)


def read_page_filter(
    query: Query,
    viewer: Principal,
    now: datetime,
    *,
    period: str = THIS_MONTH,
    own_zone: str | None = None,
) -> PageFilter:
    """The filter of a URL, within what the viewer may see. Raises `DomainError`.

    `own_zone` is that of whom the viewer is bound to, where it is known already.
    """
    names = [name for name in query.values if name in COLUMNS or name.startswith(METADATA_PREFIX)]
    zone = _timezone(query, viewer, own_zone)
    given = {name: query.all(name) for name in names}
    fields = read_filter(
        {**given, "tz": (zone,)}, only_customer=viewer.customer_id, only_team=viewer.team_id
    )
    comparison = query.first("compare", "previous")
    if comparison not in COMPARISONS:
        raise invalid("compare", f"Must be one of {', '.join(COMPARISONS)}.")
    if "from" in query or "to" in query:
        days, cut, notes = _between(query, zone, now)
    else:
        days, cut, notes = named_period(query.first("period", period), zone, now), None, ()
    return PageFilter(query, days, now, fields, comparison, cut, notes)


def _between(query: Query, zone: str, now: datetime) -> tuple[Period, Span | None, tuple[str, ...]]:
    """The days of `from` and `to`, the instants where they are some, and what to say of it."""
    today = now.astimezone(ZoneInfo(zone)).date()
    last = _moment(query, "to", zone) or today
    first = _moment(query, "from", zone) or _day(last, zone) - timedelta(days=UP_TO_DAYS - 1)
    swapped = _instant(first, zone) > _instant(last, zone)
    if swapped:
        first, last = last, first
    period = days_between(_day(first, zone), _day(last, zone), zone)
    cut = None
    if isinstance(first, datetime) or isinstance(last, datetime):
        end = last if isinstance(last, datetime) else period.end
        cut = Span(_instant(first, zone), end)
    return period, cut, (SWAPPED,) if swapped else ()


def _moment(query: Query, name: str, zone: str) -> date | datetime | None:
    text = query.first(name)
    if not text:
        return None
    try:
        if len(text) == len("2026-11-21"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise invalid(name, "Must be a day like 2026-11-21.") from error


def _day(moment: date | datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date() if isinstance(moment, datetime) else moment


def _instant(moment: date | datetime, zone: str) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=ZoneInfo(zone))


def _year_before(period: Period) -> Period:
    def moved(day: date) -> date:
        # The 29th of February has a day before it in every year.
        is_leap_day = (day.month, day.day) == (2, 29)
        return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)

    return period.replaced(moved(period.first), moved(period.last))


def _timezone(query: Query, viewer: Principal, own_zone: str | None) -> str:
    """As asked for; else the customer's, where it is about one; else the installation's."""
    if "tz" in query:
        return read_timezone(query.values)
    if own_zone is not None:
        return own_zone
    chosen = query.all("customer")
    ids = {viewer.customer_id} if viewer.is_bound else set(chosen)
    if len(ids) != 1:
        return str(settings.TIME_ZONE)
    customer = visible(Customer.objects.filter(id__in=ids), viewer).first()
    return customer.timezone if customer else str(settings.TIME_ZONE)
