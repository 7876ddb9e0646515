"""What do we bill, and does it agree with the ledger? Statements, their months, and rates."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from billing.money import ZERO
from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource, visible
from controlplane.audit.doors import name_of
from controlplane.dashboard.amounts import read_amount
from controlplane.dashboard.exporting import exported, of_moment
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.numbers import marked
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.statements.sheets import (
    of_statement,
    sheet_of_months,
    sheet_of_statement,
)
from controlplane.errors import DomainError
from controlplane.statements.models import REASON_LENGTH_MAX, ExchangeRate, Statement
from controlplane.statements.months import Month
from controlplane.statements.months_matrix import State, matrix
from controlplane.statements.queries import adjusted_usd, late_usage_usd
from controlplane.statements.rates import Rate, publish_rate
from controlplane.statements.services import add_adjustment, close_month
from controlplane.validators import is_storable

RATES_SHOWN = 200
FORBIDDEN = "Statements are closed and adjusted by finance and administrators."
METHODS = ("GET", "HEAD", "POST")


@page("statements", "Statements", resource=Resource.STATEMENTS)
def statements(visit: Visit) -> HttpResponse:
    """Months × customers, newest month first."""
    table = matrix(visit.viewer, visit.now, customers=visit.query.all("customer"))
    if kind := visit.query.first("export"):
        return exported(sheet_of_months(table), of_moment(visit.now, visit.query), kind)
    closed = [cell for cell in table.cells if cell.state == State.CLOSED]
    waiting = [cell for cell in table.cells if cell.state == State.CLOSING]
    latest = max((cell.month for cell in closed), default=None)
    context = {
        "table": table,
        "latest": latest,
        "billed": sum((cell.amount_usd for cell in closed if cell.month == latest), ZERO),
        "closed": closed,
        "waiting": waiting,
        "lacking": [cell for cell in waiting if cell.lacks_rate],
        "differing": [cell for cell in closed if not cell.agrees],
        "may_write": visit.may_write(Resource.STATEMENTS),
    }
    return visit.show("dashboard/statements.html", context)


@page("statements", "Statement", resource=Resource.STATEMENTS, methods=METHODS)
def statement(visit: Visit, id: str) -> HttpResponse:
    """Everything a statement says; posted to, it is adjusted."""
    rows = visible(Statement.objects.select_related("customer"), visit.viewer)
    found = get_object_or_404(rows, pk=id)
    if kind := visit.query.first("export"):
        return exported(sheet_of_statement(found), of_statement(found), kind)
    if visit.request.method != "POST":
        return _statement(visit, found, {})
    _require_writer(visit, Resource.STATEMENTS)
    with marked(visit.shell.preferences.marks):
        errors, amount = _adjustment(visit)
    if errors or amount is None:
        return _statement(visit, found, errors, status=422)
    reason = str(visit.request.POST["reason"]).strip()
    by = name_of(visit.request.user)
    add_adjustment(statement=found, amount_usd=amount, reason=reason, by=by)
    return HttpResponseRedirect(f"{visit.request.path}#adjustments")


def _statement(
    visit: Visit, found: Statement, errors: dict[str, str], status: int = 200
) -> HttpResponse:
    adjusted = adjusted_usd(found)
    rate = Rate(found.currency, found.rate_per_usd, found.rate_valid_from)
    context = {
        "statement": found,
        "content": found.content,
        "adjustments": list(found.adjustments.all()),
        "adjusted_usd": adjusted,
        "adjusted_due": rate.amount(adjusted),
        "late_usd": late_usage_usd(found),
        "may_write": visit.may_write(Resource.STATEMENTS),
        "errors": errors,
        "typed": visit.request.POST,
        "files": _files(found),
        "zero": ZERO,
    }
    title = f"{found.content['customer']['name'] or found.customer_id}, {found.month}"
    return visit.show("dashboard/statement.html", context, title=title, status=status)


def _files(found: Statement) -> dict[str, str]:
    """Where its files are: made by the API, which knows this session as well."""
    span = f"from={_instant(found.starts_at)}&to={_instant(found.ends_at)}"
    records = f"{reverse('usage-export')}?customer={found.customer_id}&{span}&format="
    kinds = {"CSV": "csv", "Excel": "xlsx", "FOCUS": "focus"}
    return {
        "PDF": reverse("statements-pdf", args=[found.pk]),
        **{title: records + kind for title, kind in kinds.items()},
    }


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _adjustment(visit: Visit) -> tuple[dict[str, str], Decimal | None]:
    """What is wrong with the form, and the signed amount."""
    given, errors = visit.request.POST, {}
    amount = read_amount(given.get("amount", ""))
    reason = given.get("reason", "").strip()
    if not amount:
        errors["amount"] = "Type an amount in US dollars, such as 1,500.00, and not 0."
    if given.get("kind") not in ("charge", "credit"):
        errors["kind"] = "Choose a charge or a credit."
    if not reason or len(reason) > REASON_LENGTH_MAX or not is_storable(reason):
        errors["reason"] = "Say why, in at most 1,000 characters: it is part of the statement."
    signed = -amount if amount and given.get("kind") == "credit" else amount
    return errors, signed


@page("statements", "Close a month", resource=Resource.STATEMENTS, methods=METHODS)
def close(visit: Visit) -> HttpResponse:
    """What closing a month does; done once its name has been typed."""
    id, text = visit.query.first("customer"), visit.query.first("month")
    if not id or not text:
        return visit.show("dashboard/statements/close.html", {"cell": None})
    customer = get_object_or_404(visible(Customer.objects.all(), visit.viewer), pk=id)
    month = Month.parse(text)
    table = matrix(visit.viewer, visit.now, customers=[id])
    cell = next((each for each in table.cells if each.month == month), None)
    if cell is None:
        raise Http404
    if cell.statement is not None:
        return HttpResponseRedirect(page_url("statement", cell.statement.pk) or "")
    name = f"{customer.id} {month}"
    context = {"cell": cell, "name": name, "may_write": visit.may_write(Resource.STATEMENTS)}
    if visit.request.method != "POST":
        return visit.show("dashboard/statements/close.html", context)
    _require_writer(visit, Resource.STATEMENTS)
    if visit.request.POST.get("name", "").strip() != name:
        context["wrong"] = f"Type {name} to close it."
        return visit.show("dashboard/statements/close.html", context, status=422)
    closed = close_month(customer=customer, month=month, by=name_of(visit.request.user))
    return HttpResponseRedirect(page_url("statement", closed.pk) or "")


@page("statements", "Exchange rates", resource=Resource.EXCHANGE_RATES, methods=METHODS)
def rates(visit: Visit) -> HttpResponse:
    """The rates statements are billed at; posted to, one more."""
    error = None
    if visit.request.method == "POST":
        _require_writer(visit, Resource.EXCHANGE_RATES)
        try:
            _publish(visit)
            return HttpResponseRedirect(visit.request.path)
        except DomainError as refused:
            error = refused
    context = {
        "rates": ExchangeRate.objects.order_by("currency", "-valid_from")[:RATES_SHOWN],
        "may_write": visit.may_write(Resource.EXCHANGE_RATES),
        "error": error,
        "typed": visit.request.POST,
    }
    return visit.show("dashboard/statements/rates.html", context, status=422 if error else 200)


def _publish(visit: Visit) -> None:
    given = visit.request.POST
    try:
        valid_from = date.fromisoformat(given.get("valid_from", ""))
    except ValueError as error:
        raise DomainError("invalid", "First day: must be a day like 2026-11-30.") from error
    try:
        per_usd = Decimal(given.get("per_usd", "").strip())
    except InvalidOperation as error:
        raise DomainError("invalid", "Rate: must be a number such as 0.9215.") from error
    if not per_usd.is_finite():
        raise DomainError("invalid", "Rate: must be a number such as 0.9215.")
    currency = given.get("currency", "").strip().upper()
    publish_rate(currency=currency, valid_from=valid_from, per_usd=per_usd)


def _require_writer(visit: Visit, resource: Resource) -> None:
    if not visit.may_write(resource):
        raise DomainError("forbidden", FORBIDDEN)
