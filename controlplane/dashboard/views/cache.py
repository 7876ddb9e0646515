"""What did the cache save, and how often was it wrong?"""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect

from controlplane.accounts.permissions import Resource, visible
from controlplane.caching.models import CacheEntry
from controlplane.caching.services import purge_entries
from controlplane.dashboard.caching.listing import KEYS_MAX, Row, Total, rows_of
from controlplane.dashboard.numbers import places_for
from controlplane.dashboard.pages import Visit, page
from controlplane.errors import invalid
from controlplane.keys.models import VirtualKey
from controlplane.validators import is_storable

WHO = "Answers are taken out of the cache by engineers and administrators."
PURGED = "purged"


@page("cache", "Cache", resource=Resource.CACHE_ENTRIES, methods=("GET", "HEAD", "POST"))
def cache(visit: Visit) -> HttpResponse:
    """Keys by what their cache saved; of one that is chosen, all that is known. A posted form
    takes its answers out."""
    if visit.request.method == "POST":
        return _purge(visit)
    span = visit.filter.span
    rows = rows_of(_keys(visit), span.start, span.end)
    chosen = rows[0] if len(rows) == 1 and visit.query.all("virtual_key") else None
    context = {
        "rows": rows,
        "total": Total(rows),
        "chosen": chosen,
        "table": chosen.standing.would_be() if chosen and chosen.is_similar else [],
        "places": places_for([row.saved.net_usd for row in rows]),
        "purged": _count(visit.query.first(PURGED)),
        "most": KEYS_MAX,
        "models": _models(visit, chosen),
        "may_write": visit.may_write(Resource.CACHE_ENTRIES),
        "who": WHO,
    }
    return visit.show("dashboard/cache.html", context)


def _keys(visit: Visit) -> QuerySet[VirtualKey]:
    rows = visible(VirtualKey.objects.all(), visit.viewer)
    for name, column in (("customer", "customer_id"), ("team", "team_id"), ("virtual_key", "id")):
        if wanted := visit.query.all(name):
            rows = rows.filter(**{f"{column}__in": wanted})
    return rows


def _entries(visit: Visit, key_id: str) -> QuerySet[CacheEntry]:
    """Of one key that the viewer sees."""
    entries = visible(CacheEntry.objects.all(), visit.viewer)
    return entries.filter(virtual_key_id=key_id)


def _models(visit: Visit, chosen: Row | None) -> list[str]:
    if chosen is None:
        return []
    entries = _entries(visit, chosen.key.id).order_by("model_requested")
    return list(entries.values_list("model_requested", flat=True).distinct()[:KEYS_MAX])


def _purge(visit: Visit) -> HttpResponse:
    """What is named holds of all that goes; what is not named is any."""
    if not visit.may_write(Resource.CACHE_ENTRIES):
        raise PermissionDenied(WHO)
    posted = visit.request.POST
    key_id = str(posted.get("virtual_key", ""))
    if not key_id or not all(is_storable(str(value)) for value in posted.values()):
        raise invalid("virtual_key", "Name the key whose answers are to go.")
    rows = _entries(visit, key_id)
    for name, column in (("namespace", "namespace"), ("model", "model_requested")):
        if value := posted.get(name):
            rows = rows.filter(**{column: value})
    query = visit.query.having({"virtual_key": key_id, PURGED: str(purge_entries(rows))})
    return HttpResponseRedirect(query.url(visit.request.path))


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
