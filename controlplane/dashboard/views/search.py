"""One field that finds customers, teams, keys, models and requests."""

from django.http import HttpResponse, HttpResponseRedirect

from controlplane.dashboard.finding import find
from controlplane.dashboard.pages import Visit, page


@page("search", "Search")
def search(visit: Visit) -> HttpResponse:
    """What is called so, or begins so; a single exact match is opened."""
    text = visit.query.first("q").strip()
    found = find(text, visit.viewer)
    if len(found) == 1 and found[0].is_exact and found[0].url:
        return HttpResponseRedirect(found[0].url)
    return visit.show("dashboard/search.html", {"text": text, "found": found})
