"""Acts on objects: which one a form asks for, who may, and what is said to others."""

from django.core.exceptions import PermissionDenied

from controlplane.accounts.permissions import Resource
from controlplane.dashboard.pages import Visit

WHO = {
    Resource.VIRTUAL_KEYS: "Keys are made and changed by engineers and administrators.",
    Resource.CUSTOMERS: "Customers are made and changed by administrators of all customers.",
    Resource.TEAMS: "Teams are made and changed by administrators of the customer.",
    Resource.METADATA_RULES: "Metadata rules are made and changed by finance and administrators.",
    Resource.ALERTS: "Alerts are closed and judged by finance, engineers and administrators.",
}


def asked(visit: Visit, resource: Resource) -> str:
    """The act that a posted form names, else the one whose form is to be open.

    Raises `PermissionDenied` for a posted act of somebody who may not change the resource.
    """
    if visit.request.method == "POST":
        if not visit.may_write(resource):
            raise PermissionDenied(WHO[resource])
        return visit.request.POST.get("act", "")
    return visit.query.first("act") if visit.may_write(resource) else ""
