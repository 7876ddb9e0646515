"""What a live page shows: today's spend, the last two minutes, the requests since a position."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from controlplane.accounts.permissions import Principal
from controlplane.dashboard.filters.names import all_names
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import read_page_filter
from controlplane.dashboard.numbers import MILLIONTHS
from controlplane.dashboard.requests.words import ending_of, marks_of
from controlplane.usage.limits import limited_report
from controlplane.usage.models import UsageRecord
from controlplane.usage.queries import Position, newer_page, record_page
from controlplane.usage.seconds import Second, last_seconds
from controlplane.usage.summary import summarise

TODAY = "1d"
SECONDS, MINUTE = 120, 60
ROWS_MAX = 200
FIRST_ROWS = 50
FILTERED = ("period", "from", "to")


@dataclass(frozen=True)
class Update:
    """Rows are the newest first; `cursor` is where the next update begins."""

    rows: list[dict[str, Any]]
    names: dict[str, dict[str, str]]
    cursor: str
    spent_today: Decimal | None
    seconds: list[Second]
    viewer: Principal

    places = MILLIONTHS

    @property
    def last_minute(self) -> list[Second]:
        return self.seconds[-MINUTE:]

    @property
    def minute_usd(self) -> Decimal:
        return sum((each.cost_usd for each in self.last_minute), Decimal(0))

    @property
    def minute_requests(self) -> int:
        return sum(each.requests for each in self.last_minute)

    @property
    def most(self) -> int:
        return max((each.requests for each in self.seconds), default=0)


def update_since(query: Query, viewer: Principal, now: datetime, cursor: str) -> Update:
    """What the viewer may see of today. Raises `DomainError` for what cannot be read."""
    chosen = read_page_filter(
        query.having(dict.fromkeys(FILTERED)), viewer, now, period=TODAY
    ).records
    with limited_report():
        found = (
            newer_page(chosen, limit=ROWS_MAX, before=Position.read(cursor))
            if cursor
            else record_page(chosen, limit=FIRST_ROWS)
        )
        seconds = last_seconds(chosen, now, SECONDS)
        spent = summarise(chosen, ()).total.cost_usd
    newest = Position.of(found[0]).cursor() if found else cursor
    return Update(
        [_row(each) for each in found], _names(found, viewer), newest, spent, seconds, viewer
    )


def _row(record: UsageRecord) -> dict[str, Any]:
    ending = ending_of(record)
    said = [*([ending.reason] if ending.reason else []), *marks_of(record)]
    return {"record": record, "ending": ending, "said": ", ".join(said)}


def _names(records: list[UsageRecord], viewer: Principal) -> dict[str, dict[str, str]]:
    wanted = {
        "customer": {each.customer_id for each in records},
        "team": {each.team_id for each in records},
        "virtual_key": {each.virtual_key_id for each in records},
    }
    return all_names(wanted, viewer)
