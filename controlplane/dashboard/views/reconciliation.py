"""Does the provider's bill agree with the books? Bills, and each one's differences."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from billing.money import ZERO
from controlplane.accounts.permissions import Resource, visible
from controlplane.audit.doors import name_of
from controlplane.catalog.models import Provider
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.reconciling import causes_of, days_of, shown_invoice
from controlplane.errors import DomainError
from controlplane.reconciliation.formats import AUTO, FORMATS
from controlplane.reconciliation.models import Invoice
from controlplane.reconciliation.services import (
    InvoiceFile,
    delete_invoice,
    load_invoice,
    reconcile_again,
)

UPLOAD_BYTES_MAX = 20 * 1024 * 1024
INVOICES_SHOWN = 100
METHODS = ("GET", "HEAD", "POST")
FORBIDDEN = "Bills are loaded by finance and administrators."


@page("reconciliation", "Reconciliation", resource=Resource.INVOICES, methods=METHODS)
def reconciliation(visit: Visit) -> HttpResponse:
    """All bills, the newest first; posted to, one is loaded."""
    if visit.request.method != "POST":
        return _show(visit)
    _require_writer(visit)
    try:
        invoice = _load(visit.request)
    except DomainError as error:
        return _show(visit, wrong=error.message, status=422)
    return HttpResponseRedirect(page_url("invoice", invoice.pk) or "")


def _require_writer(visit: Visit) -> None:
    if not visit.may_write(Resource.INVOICES):
        raise PermissionDenied(FORBIDDEN)


def _load(request: HttpRequest) -> Invoice:
    upload = request.FILES.get("file")
    if upload is None:
        raise DomainError("invalid", "Choose the file that the provider gave you.")
    if (upload.size or 0) > UPLOAD_BYTES_MAX:
        message = "A file has at most 20 MB here; manage.py reconcile takes larger ones."
        raise DomainError("invalid", message)
    provider = Provider.objects.filter(pk=request.POST.get("provider", "")).first()
    if provider is None:
        raise DomainError("invalid", "Choose the provider that it is the bill of.")
    form, name = request.POST.get("format", AUTO), (upload.name or "")[:255]
    file = InvoiceFile(upload.read(), name, form)
    return load_invoice(provider=provider, file=file, by=name_of(request.user)).invoice


def _show(visit: Visit, *, wrong: str = "", status: int = 200) -> HttpResponse:
    invoices = list(visible(Invoice.objects.all(), visit.viewer)[:INVOICES_SHOWN])
    context: dict[str, Any] = {
        "invoices": [shown_invoice(invoice) for invoice in invoices],
        "may_write": visit.may_write(Resource.INVOICES),
        "formats": FORMATS.values(),
        "providers": Provider.objects.order_by("id"),
        "typed": visit.request.POST,
        "wrong": wrong,
    }
    return visit.show("dashboard/reconciliation.html", context, status=status)


@page("reconciliation", "Bill", resource=Resource.INVOICES, methods=METHODS)
def invoice(visit: Visit, id: str) -> HttpResponse:
    """One bill's verdict, causes, and table of days and models."""
    found = get_object_or_404(visible(Invoice.objects.all(), visit.viewer), pk=id)
    if visit.request.method == "POST":
        return _act(visit, found)
    rows = list(found.differences.all())
    context = {
        **shown_invoice(found),
        "causes": causes_of(found.causes),
        "days": days_of(rows, found, only_differing=visit.query.first("all") != "1"),
        "agreeing": sum(not row.causes for row in rows),
        "cells": len(rows),
        "zero": ZERO,
        "shows_all": visit.query.first("all") == "1",
        "may_write": visit.may_write(Resource.INVOICES),
    }
    return visit.show("dashboard/invoice.html", context, title=str(found))


def _act(visit: Visit, found: Invoice) -> HttpResponse:
    _require_writer(visit)
    if visit.request.POST.get("act") == "delete":
        delete_invoice(found)
        return HttpResponseRedirect(page_url("reconciliation") or "")
    reconcile_again(found)
    return HttpResponseRedirect(visit.request.path)
