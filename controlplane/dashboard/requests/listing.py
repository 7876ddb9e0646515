"""A page of requests: which ones, and where the pages beside it begin."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.errors import invalid
from controlplane.usage.filters import RecordFilter
from controlplane.usage.models import UsageRecord
from controlplane.usage.queries import Position, dearest_records, newer_page, record_page

PAGE = 50
NEWER_MAX = 100
SORTS = ("time", "cost")
PLACE = ("after", "before", "at")


@dataclass(frozen=True)
class Listing:
    """At most `PAGE` records; `newer` and `older` are cursors, None where nothing is."""

    records: list[UsageRecord]
    newer: str | None = None
    older: str | None = None
    is_dearest: bool = False
    at: datetime | None = None

    @property
    def newest(self) -> str | None:
        """The cursor of the first record, of which newer ones are counted."""
        return Position.of(self.records[0]).cursor() if self.records else None


def read_listing(query: Query, chosen: PageFilter) -> Listing:
    """The page that a URL asks for. Raises `DomainError` for one that cannot be read."""
    if (sort := query.first("sort", SORTS[0])) not in SORTS:
        raise invalid("sort", f"Must be one of {', '.join(SORTS)}.")
    if sort == "cost":
        return Listing(dearest_records(chosen.records), is_dearest=True)
    if "before" in query:
        before = Position.read(query.first("before"))
        found = newer_page(chosen.records, limit=PAGE + 1, before=before)
        if len(found) > PAGE:
            page = found[1:]
            return Listing(page, newer=_cursor(page[0]), older=_cursor(page[-1]))
        # There is no full page of newer ones: these are the newest.
        return _from(chosen.records, None)
    at = _moment(query, chosen)
    if at is None:
        return _from(chosen.records, query.first("after") or None)
    end = min(at + timedelta(seconds=1), chosen.records.end or at)
    return replace(_from(replace(chosen.records, end=end), None, is_inside=True), at=at)


def newer_than(cursor: str, chosen: PageFilter) -> int:
    """How many records came since, at most one more than `NEWER_MAX`."""
    position = Position.read(cursor)
    return len(newer_page(chosen.records, limit=NEWER_MAX + 1, before=position))


def _from(records: RecordFilter, cursor: str | None, *, is_inside: bool = False) -> Listing:
    after = None if cursor is None else Position.read(cursor)
    found = record_page(records, limit=PAGE + 1, after=after)
    page = found[:PAGE]
    newer = _cursor(page[0]) if page and (after is not None or is_inside) else None
    return Listing(page, newer, _cursor(page[-1]) if len(found) > PAGE else None)


def _cursor(record: UsageRecord) -> str:
    return Position.of(record).cursor()


def _moment(query: Query, chosen: PageFilter) -> datetime | None:
    """The moment to jump to: of the page's time zone unless it says of which."""
    text = query.first("at")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        at = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(chosen.period.timezone))
        return min(max(at, chosen.span.start), chosen.span.end)
    except (ValueError, OverflowError) as error:
        raise invalid("at", "Must be a moment like 2026-11-21T09:41.") from error
