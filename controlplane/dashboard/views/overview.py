"""Where does this month end, against budget?"""

from django.http import HttpResponse

from controlplane.dashboard.pages import Visit, page


@page("overview", "Overview")
def overview(visit: Visit) -> HttpResponse:
    """The verdict first, then what it is made of."""
    return visit.show("dashboard/overview.html", {})
