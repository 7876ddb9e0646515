"""Values to choose from while a filter is being typed: a list of options, nothing else."""

from django.http import HttpResponse

from controlplane.dashboard.filters.suggesting import suggested
from controlplane.dashboard.pages import Visit, page


@page("suggestions", "Suggestions")
def suggestions(visit: Visit) -> HttpResponse:
    """The options of a dimension, that hold what was typed."""
    dimension, typed = visit.query.first("of"), visit.query.first("value").strip()
    options = suggested(dimension, typed, visit.viewer)
    return visit.show("dashboard/parts/options.html", {"options": options})
