"""What owners used lately: how much they spent, and when they last asked for something.

Sums come from the hourly rollup, moments from the records' indexes. Sums of many owners are to be
asked for within `limited_report`; what is asked of one is bounded by itself. `bounds` are the
viewer's own: whoever is bound to a team sees of their customer what the team did.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from billing.money import ZERO
from controlplane.usage.filters import RecordFilter
from controlplane.usage.measures import SPENT
from controlplane.usage.summary import Group
from controlplane.usage.together import Asked, summarise_together

REFUSALS_LOOKED_AT = 10_000
REFUSALS_MAX = 20

# By the index of a key's or a customer's records, the newest partition first.
LAST_USES = """
SELECT wanted.owner, max(latest.at)
FROM ({wanted}) AS wanted (owner, id), LATERAL (
    SELECT at FROM usage_usagerecord WHERE {column} = wanted.id AND at >= %s
      AND (%s::text IS NULL OR team_id = %s)
    ORDER BY at DESC, request_id DESC LIMIT 1
) latest
GROUP BY 1
"""
THEMSELVES = "SELECT id, id FROM unnest(%s::text[]) AS id"
THEIR_KEYS = "SELECT team_id, id FROM keys_virtualkey WHERE team_id = ANY(%s)"
LOOKED_UP = {
    "customer": LAST_USES.format(wanted=THEMSELVES, column="customer_id"),
    "team": LAST_USES.format(wanted=THEIR_KEYS, column="virtual_key_id"),
    "virtual_key": LAST_USES.format(wanted=THEMSELVES, column="virtual_key_id"),
}
LAST_LOOKED_AT = timedelta(days=90)
# Few requests are refused, but a key may have made millions.
REFUSALS = """
SELECT request_id, at, status, error_code, model_requested FROM (
    SELECT * FROM usage_usagerecord WHERE virtual_key_id = %s AND at >= %s
    ORDER BY at DESC, request_id DESC LIMIT %s
) lately
WHERE status BETWEEN 400 AND 499 AND attempts = '[]'
ORDER BY at DESC, request_id DESC LIMIT %s
"""


@dataclass(frozen=True)
class Bounds:
    """What the viewer may see of the records."""

    only_customer: str | None = None
    only_team: str | None = None

    def filter(self, start: datetime, end: datetime, **fields: tuple[str, ...]) -> RecordFilter:
        return RecordFilter(
            fields=fields,
            start=start,
            end=end,
            only_customer=self.only_customer,
            only_team=self.only_team,
        )


@dataclass(frozen=True)
class Use:
    """What one owner spent and asked for in a period. `cost_usd` is None if nothing has a price."""

    cost_usd: Decimal | None = ZERO
    requests: int = 0


class Refusal(NamedTuple):
    """A request that was turned away at our own door."""

    request_id: str
    at: datetime
    status: int
    error_code: str | None
    model: str | None


def use_of(
    dimension: str, ids: Collection[str], start: datetime, end: datetime, bounds: Bounds
) -> dict[str, Use]:
    """By id, of those that asked for anything; two queries."""
    if not ids:
        return {}
    records = bounds.filter(start, end, **{dimension: tuple(ids)})
    (found,) = summarise_together([Asked(records, (dimension,), measured=SPENT)])
    return _by_id(found.groups)


def days_and_parts(
    owner: tuple[str, str],
    parts: tuple[str, Collection[str]],
    start: datetime,
    end: datetime,
    bounds: Bounds,
) -> tuple[dict[date, Use], dict[str, Use]]:
    """Of one owner, its days of UTC; of what belongs to it, each sum. Both are `(dimension, id)`.

    One statement, so that the parts agree with the days; two queries.
    """
    (kind, own), (inside, ids) = owner, parts
    asked = [Asked(bounds.filter(start, end, **{kind: (own,)}), ("day",), measured=SPENT)]
    if ids:
        each = bounds.filter(start, end, **{kind: (own,), inside: tuple(ids)})
        asked.append(Asked(each, (inside,), measured=SPENT))
    days, *others = summarise_together(asked)
    return _by_day(days.groups), _by_id(others[0].groups) if others else {}


def last_uses(
    dimension: str, ids: Collection[str], now: datetime, bounds: Bounds
) -> dict[str, datetime]:
    """By id, the last request of the last ninety days, a team's by the keys it has; one query."""
    if not ids:
        return {}
    given = [list(ids), now - LAST_LOOKED_AT, bounds.only_team, bounds.only_team]
    return dict(_rows(LOOKED_UP[dimension], given))


def last_refusals(virtual_key_id: str, since: datetime) -> list[Refusal]:
    """The last twenty among the key's last ten thousand requests; one query."""
    given = [virtual_key_id, since, REFUSALS_LOOKED_AT, REFUSALS_MAX]
    return [Refusal(*row) for row in _rows(REFUSALS, given)]


def _by_id(groups: Sequence[Group]) -> dict[str, Use]:
    return {str(each.values[0]): Use(each.sums.cost_usd, each.sums.requests) for each in groups}


def _by_day(groups: Sequence[Group]) -> dict[date, Use]:
    return {date.fromisoformat(day): use for day, use in _by_id(groups).items()}


def _rows(statement: str, given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()
