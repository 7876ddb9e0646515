"""Who pays, what did each spend, and what has it left? One customer, and making another."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource, visible
from controlplane.budgets.models import OwnerType
from controlplane.dashboard.access.acts import WHO, asked
from controlplane.dashboard.access.edited import edited
from controlplane.dashboard.access.owner_forms import CustomerForm, NewCustomerForm
from controlplane.dashboard.access.owner_page import OwnerPage
from controlplane.dashboard.access.owners import CUSTOMER_STATES, owner_list, state_tabs
from controlplane.dashboard.lists import listing, search
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page

METHODS = ("GET", "HEAD", "POST")


@page("customers", "Customers", resource=Resource.CUSTOMERS, methods=METHODS)
def customers(visit: Visit) -> HttpResponse:
    """The list; a posted form makes one."""
    if asked(visit, Resource.CUSTOMERS) != "new":
        return _list(visit)
    form = NewCustomerForm(visit.request.POST or None, viewer=visit.viewer)
    if form.is_bound and form.is_valid():
        return HttpResponseRedirect(page_url("customer", form.saved.pk) or "/")
    return _list(visit, form=form, status=form.status if form.is_bound else 200)


@page("customers", "Customer", resource=Resource.CUSTOMERS, methods=METHODS)
def customer(visit: Visit, id: str) -> HttpResponse:
    """One customer; a posted form changes it."""
    rows = visible(Customer.objects.all(), visit.viewer)
    found = get_object_or_404(rows, pk=id)
    if asked(visit, Resource.CUSTOMERS) != "edit":
        return _show(visit, found)
    form = CustomerForm(visit.request.POST or None, instance=found, viewer=visit.viewer)
    if form.is_bound and form.is_valid():
        return HttpResponseRedirect(page_url("customer", id) or "/")
    return _show(visit, rows.get(pk=id), **edited(form, "customers"))


def _list(visit: Visit, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = search(
        visible(Customer.objects.all(), visit.viewer), visit.query.first("q").strip(), "id", "name"
    )
    if (state := visit.query.first("state")) in ("active", "paused"):
        rows = rows.filter(is_active=state == "active")
    context = {
        "list": owner_list(visit, OwnerType.CUSTOMER, listing(visit, rows, "id")),
        "tabs": state_tabs(visit, CUSTOMER_STATES),
        **_rights(visit),
        **more,
    }
    return visit.show("dashboard/access/customers.html", context, status=status)


def _show(visit: Visit, found: Customer, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"shown": OwnerPage(visit, found), "owner": found, **_rights(visit), **more}
    return visit.show("dashboard/access/customer.html", context, title=str(found), status=status)


def _rights(visit: Visit) -> dict[str, Any]:
    return {
        "may_write": visit.may_write(Resource.CUSTOMERS),
        "may_add_team": visit.may_write(Resource.TEAMS),
        "may_rule": visit.may_write(Resource.METADATA_RULES),
        "who": WHO[Resource.CUSTOMERS],
    }
