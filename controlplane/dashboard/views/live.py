"""What is happening now?"""

from django.http import HttpResponse

from controlplane.accounts.permissions import Resource
from controlplane.dashboard.live.update import TODAY, update_since
from controlplane.dashboard.pages import Visit, page


@page("live", "Live", resource=Resource.USAGE, period=TODAY)
def live(visit: Visit) -> HttpResponse:
    """Today's newest requests; from then on the socket tells."""
    told = update_since(visit.query, visit.viewer, visit.now, "")
    return visit.show("dashboard/live.html", {"live": told, "is_paused": "paused" in visit.query})


@page("live", "Live", resource=Resource.USAGE, period=TODAY)
def since(visit: Visit) -> HttpResponse:
    """The same as the socket tells, for those who ask: while it cannot be had."""
    query, cursor = visit.query.having({"since": None}), visit.query.first("since")
    told = update_since(query, visit.viewer, visit.now, cursor)
    return visit.show("dashboard/live/update.html", {"live": told})
