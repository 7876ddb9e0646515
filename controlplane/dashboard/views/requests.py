"""Which calls are these?"""

from typing import Any

from django.http import HttpResponse

from controlplane.accounts.permissions import Resource
from controlplane.dashboard.api_calls import api_query
from controlplane.dashboard.background.files import FROM_ROWS
from controlplane.dashboard.filters.names import all_names
from controlplane.dashboard.models import FileKind
from controlplane.dashboard.numbers import exact_places
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.requests.exporting import export_links
from controlplane.dashboard.requests.listing import (
    NEWER_MAX,
    PLACE,
    Listing,
    newer_than,
    read_listing,
)
from controlplane.dashboard.requests.words import asked_otherwise, ending_of, marks_of
from controlplane.usage.limits import limited_report
from controlplane.usage.models import UsageRecord
from controlplane.usage.queries import DEAREST
from controlplane.usage.summary import summarise


@page("requests", "Requests", resource=Resource.USAGE)
def requests(visit: Visit) -> HttpResponse:
    """What the filter holds, from the rollup; then the requests themselves, by time."""
    with limited_report():
        listing = read_listing(visit.query, visit.filter)
        total = summarise(visit.filter.records, ()).total
    context = {
        "total": total,
        "listing": listing,
        "rows": [_row(record) for record in listing.records],
        "names": _names(visit, listing),
        "places": exact_places([record.cost_usd for record in listing.records]),
        "dearest": DEAREST,
        **_export(visit, total.requests),
        "kept": visit.query.having(dict.fromkeys((*PLACE, "sort"))),
    }
    return visit.show("dashboard/requests.html", context)


@page("requests", "Requests", resource=Resource.USAGE)
def newer(visit: Visit) -> HttpResponse:
    """How many requests came since the page was read: a link, never rows that push others."""
    since = visit.query.first("since")
    many = newer_than(since, visit.filter) if since else 0
    context = {
        "many": min(many, NEWER_MAX),
        "is_more": many > NEWER_MAX,
        "query": visit.query.having({"since": None}),
    }
    return visit.show("dashboard/requests/newer.html", context)


def _export(visit: Visit, requests: int) -> dict[str, Any]:
    """Files at once, or in the background."""
    return {
        "exports": export_links(visit.filter) if requests <= FROM_ROWS else {},
        "background_query": api_query(visit.filter).text(),
        "background_kinds": dict(FileKind.choices),
    }


def _row(record: UsageRecord) -> dict[str, Any]:
    ending = ending_of(record)
    said = [*([ending.reason] if ending.reason else []), *marks_of(record)]
    return {
        "record": record,
        "ending": ending,
        "said": ", ".join(said),
        "asked": asked_otherwise(record),
    }


def _names(visit: Visit, listing: Listing) -> dict[str, dict[str, str]]:
    records = listing.records
    wanted = {
        "customer": {record.customer_id for record in records},
        "team": {record.team_id for record in records},
        "virtual_key": {record.virtual_key_id for record in records},
    }
    return all_names(wanted, visit.viewer)
