"""What do a customer's requests have to say in one key of their metadata?"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource, visible
from controlplane.dashboard.access.acts import WHO
from controlplane.dashboard.access.edited import edited
from controlplane.dashboard.access.rule_forms import NewRuleForm, RuleForm
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.metadata_rules import services
from controlplane.metadata_rules.models import MetadataRule

METHODS = ("GET", "HEAD", "POST")


@page("customers", "Metadata rule", resource=Resource.METADATA_RULES, methods=METHODS)
def metadata_rule(visit: Visit, id: str) -> HttpResponse:
    """The rule of `key`; without one, another rule."""
    if not visit.may_write(Resource.METADATA_RULES):
        raise PermissionDenied(WHO[Resource.METADATA_RULES])
    customer = get_object_or_404(visible(Customer.objects.all(), visit.viewer), pk=id)
    if "key" not in visit.query:
        return _new(visit, customer)
    rows = visible(customer.metadata_rules.all(), visit.viewer)
    rule = get_object_or_404(rows, key=visit.query.first("key"))
    return _remove(rule) if visit.request.POST.get("act") == "remove" else _edit(visit, rule)


def _new(visit: Visit, customer: Customer) -> HttpResponse:
    form = NewRuleForm(visit.request.POST or None, viewer=visit.viewer, customer=customer)
    if form.is_bound and form.is_valid():
        return _back(customer)
    return _show(visit, customer, form=form, status=form.status if form.is_bound else 200)


def _edit(visit: Visit, rule: MetadataRule) -> HttpResponse:
    form = RuleForm(visit.request.POST or None, instance=rule, viewer=visit.viewer)
    if form.is_bound and form.is_valid():
        return _back(rule.customer)
    return _show(visit, rule.customer, rule=rule, **edited(form, "metadata-rules"))


def _remove(rule: MetadataRule) -> HttpResponse:
    services.delete_rule(rule)
    return _back(rule.customer)


def _show(visit: Visit, customer: Customer, *, status: int = 200, **more: Any) -> HttpResponse:
    back = _list(customer)
    context = {"owner": customer, "back": back, "target": visit.request.get_full_path(), **more}
    return visit.show("dashboard/access/metadata_rule.html", context, status=status)


def _back(customer: Customer) -> HttpResponse:
    return HttpResponseRedirect(_list(customer))


def _list(customer: Customer) -> str:
    return Query({"show": ("rules",)}).url(page_url("customer", customer.pk) or "/")
