"""The call of the REST API that has what a page shows: another path, the same parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import FILTERS, PageFilter
from controlplane.usage.parameters import METADATA_PREFIX

API = "/api/v1/"
OWNERS = ("customer", "team", "virtual_key")
# By page: the resource whose list it shows, and the parameters that both know.
LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "budgets": ("budgets", ()),
    "statements": ("statements", ("customer",)),
    "exchange-rates": ("exchange-rates", ("currency",)),
    "providers": ("providers", ()),
    "prices": ("prices", ("model",)),
    "customers": ("customers", ()),
    "teams": ("teams", ("customer",)),
    "keys": ("virtual-keys", ("customer", "team")),
    "alerts": ("alerts", ("kind", "severity", "state", *OWNERS)),
    "audit": ("audit-log", ("resource", "object_id", "actor", "door", "action", "customer")),
}
# By page: the resource whose object it shows.
OBJECTS = {
    "request": "usage",
    "statement": "statements",
    "customer": "customers",
    "team": "teams",
    "key": "virtual-keys",
    "alert": "alerts",
}
# They choose rows of a list; others choose how a page looks.
CHOOSING = frozenset({"q", "state", "at", "month", "sort", *FILTERS})


@dataclass(frozen=True)
class ApiCall:
    """`left_out` names parameters of the page that the call has no word for."""

    path: str
    left_out: tuple[str, ...] = ()


def call_for(
    page: str, query: Query, arguments: Sequence[str], chosen: PageFilter | None
) -> ApiCall | None:
    """Of a page by its name and the ids in its path; None where the API has nothing like it."""
    if page in OBJECTS and arguments:
        return ApiCall(f"{API}{OBJECTS[page]}/{quote(arguments[0], safe='')}")
    if page == "requests" and chosen is not None:
        return ApiCall(api_query(chosen).url(f"{API}usage"), _unknown(query, FILTERS))
    if page not in LISTS:
        return None
    resource, known = LISTS[page]
    asked = query.only(known)
    if page == "alerts":
        state = query.first("state", "open")
        asked = asked.having({"state": None if state == "all" else state})
    return ApiCall(asked.url(f"{API}{resource}"), _unknown(query, known))


def summary_call(chosen: PageFilter, group_by: Sequence[str]) -> ApiCall:
    """The sums of a page's filter by its dimensions."""
    query = api_query(chosen).having({"group_by": ",".join(group_by)})
    return ApiCall(query.url(f"{API}usage/summary"))


def api_query(chosen: PageFilter) -> Query:
    """The same records, with what a page takes for granted said aloud."""
    query, period = chosen.query.only(FILTERS), chosen.period
    if chosen.cut is not None:
        named = {"from": _instant(chosen.cut.start), "to": _instant(chosen.cut.end)}
    elif period.name:
        named = {"period": period.name}
    else:
        named = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    query = query.having({**dict.fromkeys(("period", "from", "to")), **named})
    return query if period.timezone == "UTC" else query.having({"tz": period.timezone})


def _unknown(query: Query, known: Sequence[str]) -> tuple[str, ...]:
    """What chooses rows here and not there."""
    return tuple(
        name
        for name in query.values
        if name not in known and (name in CHOOSING or name.startswith(METADATA_PREFIX))
        if not (name.startswith(METADATA_PREFIX) and METADATA_PREFIX in known)
    )


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
