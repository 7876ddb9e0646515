"""Which models are called, and what do they come to?"""

from django.http import HttpResponse

from controlplane.accounts.permissions import Resource
from controlplane.catalog.models import Model
from controlplane.dashboard.numbers import places_for
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.providers.used import UsedModel, used_models
from controlplane.usage.limits import limited_report
from controlplane.usage.summary import summarise


@page("providers", "Models", resource=Resource.MODELS)
def models(visit: Visit) -> HttpResponse:
    """Models by what was spent on them; configured ones that nobody called come last."""
    with limited_report():
        found = summarise(visit.filter.records, ("model",))
    rows = used_models(found.groups, list(Model.objects.values_list("id", flat=True)))
    used = [row for row in rows if isinstance(row, UsedModel)]
    context = {
        "used": used,
        "group_by": ["model"],
        "unused": [row for row in rows if isinstance(row, str)],
        "total": found.total,
        "places": places_for([row.sums.cost_usd for row in used]),
    }
    return visit.show("dashboard/models.html", context)
