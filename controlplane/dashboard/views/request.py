"""Why did this one cost that?"""

from datetime import UTC
from typing import Any

from django.http import Http404, HttpResponse

from controlplane.accounts.permissions import Resource, may_read
from controlplane.budgets.booked import booked_on
from controlplane.content.queries import Opened, find_content, opened
from controlplane.dashboard.filters.names import all_names
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.requests.arithmetic import arithmetic_of
from controlplane.dashboard.requests.timeline import timeline_of
from controlplane.dashboard.requests.words import ending_of, marks_of, reason_for
from controlplane.errors import Conflict
from controlplane.usage.models import UsageRecord
from controlplane.usage.queries import REQUEST_ID_LENGTH_MAX, find_record
from controlplane.validators import is_storable


@page("requests", "Request", resource=Resource.USAGE)
def request(visit: Visit, request_id: str) -> HttpResponse:
    """The sentence, the arithmetic of its cost, its attempts, and what else is booked of it."""
    record = _find(visit, request_id)
    arithmetic = arithmetic_of(record)
    context = {
        "record": record,
        "names": _names(visit, record),
        "ending": ending_of(record),
        "marks": marks_of(record),
        "failed": [
            (each.get("model") or each.get("provider"), reason_for(each.get("error_code")))
            for each in record.attempts[:-1]
        ],
        "arithmetic": arithmetic,
        "timeline": timeline_of(record),
        "balances": booked_on(record.balances, visit.viewer) if record.balances else [],
        "given_back": max(record.reserved_usd - (record.cost_usd or 0), 0),
        "same_key": _same_key(record),
        "may_price": visit.may_write(Resource.PRICES),
        "zone": visit.filter.period.timezone,
        **_content(visit, record),
    }
    return visit.show("dashboard/request.html", context, title=f"Request {record.request_id}")


def _find(visit: Visit, request_id: str) -> UsageRecord:
    viewer = visit.viewer
    is_known = len(request_id) <= REQUEST_ID_LENGTH_MAX and is_storable(request_id)
    own = {"only_customer": viewer.customer_id, "only_team": viewer.team_id}
    record = find_record(request_id, **own) if is_known else None
    if record is None:
        raise Http404
    return record


def _same_key(record: UsageRecord) -> str:
    """The requests of its key around it."""
    day = f"{record.at.astimezone(UTC):%Y-%m-%d}"
    at = f"{record.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    asked = {"virtual_key": record.virtual_key_id or "", "from": day, "to": day, "at": at}
    return Query({name: (value,) for name, value in asked.items()}).url(page_url("requests") or "")


def _names(visit: Visit, record: UsageRecord) -> dict[str, dict[str, str]]:
    wanted = {
        "customer": {record.customer_id},
        "team": {record.team_id},
        "virtual_key": {record.virtual_key_id},
    }
    return all_names(wanted, visit.viewer)


def _content(visit: Visit, record: UsageRecord) -> dict[str, Any]:
    """The texts, for those who may read them; what cannot be opened says so."""
    if not may_read(visit.viewer, Resource.CONTENT):
        return {}
    stored = find_content(record.request_id, visit.viewer)
    if stored is None:
        return {}
    try:
        content: Opened = opened(stored)
    except Conflict as error:
        return {"content_error": error.message}
    return {"content": content}
