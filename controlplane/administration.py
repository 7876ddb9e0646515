"""How the admin shows and changes things: as `accounts.permissions` says, through the services."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from billing.money import format_usd
from controlplane.accounts import permissions
from controlplane.accounts.permissions import Resource
from controlplane.errors import DomainError
from controlplane.service_forms import ServiceForm

CENT = Decimal("0.01")


class GovernedAdmin(ModelAdmin):
    """What one may see and do is what `accounts.permissions` says of the `resource`."""

    resource: Resource
    fixed: Sequence[str] = ()  # set when a row is added, and never after
    list_filter_submit = True
    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True
    show_full_result_count = False

    def remove(self, row: Any) -> None:
        """Calls the service that deletes."""
        raise NotImplementedError

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return permissions.may_read(permissions.principal_of(request.user), self.resource)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return permissions.may_write(permissions.principal_of(request.user), self.resource)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return visible_to(request, super().get_queryset(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        rows = db_field.remote_field.model._default_manager.all()
        options.setdefault("queryset", visible_to(request, rows))
        return super().formfield_for_foreignkey(db_field, request, **options)

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        """Whoever is bound must not be offered the names of other customers and teams."""
        filters = super().get_list_filter(request)
        principal = permissions.principal_of(request.user)
        if principal is None or not principal.is_bound:
            return filters
        return [each for each in filters if not _names_customers(each)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A form for something new leaves out what only time will tell."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        told_later = set(self.get_readonly_fields(request))
        kept = (
            (title, {**more, "fields": _without(more["fields"], told_later)})
            for title, more in fieldsets
        )
        return [(title, more) for title, more in kept if more["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fixed = self.fixed if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting in bulk would pass the services by."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, models.JSONField):
            options["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **options)

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        form = super().get_form(request, *args, **options)
        form.principal = permissions.principal_of(request.user)  # made anew for each request
        form.member = request.user
        return form

    def save_form(self, request: HttpRequest, form: ServiceForm, change: bool) -> Any:
        return form.saved

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """The form's service has written it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """There is nothing beside what the service writes."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(self.page_of(unquote(object_id)))

    def confirmed(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        effect: str,
        verb: str,
        act: Callable[[Any], Any],
    ) -> HttpResponse:
        """Asks first, with the effect in words; then acts and goes back to the row's page."""
        row = get_object_or_404(self.get_queryset(request), pk=unquote(object_id))
        if request.method != "POST":
            return self.question(request, row, effect=effect, verb=verb)
        act(row)
        messages.success(request, f"{verb}: {row} – done.")
        return HttpResponseRedirect(self.page_of(row.pk))

    def question(
        self, request: HttpRequest, row: models.Model, form: forms.Form | None = None, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{more['verb']} {row}?",
            "form": form,
            "page": self.page_of(row.pk),
            "variant": "danger",
            **more,
        }
        return TemplateResponse(request, "admin/question.html", context)

    def page_of(self, object_id: str) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[object_id])


class ReadOnlyAdmin(GovernedAdmin):
    """Rows that the admin shows and nobody changes here."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SecretPage(GovernedAdmin):
    """Rows of which something is shown once."""

    def secret_page(
        self, request: HttpRequest, row: models.Model, secret: str, *, title: str = ""
    ) -> HttpResponse:
        """Neither stored nor in a URL: who leaves the page without the secret has lost it."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title or f"Secret of {row}",
            "secret": secret,
            "row": row,
            "page": self.page_of(row.pk),
        }
        response = TemplateResponse(request, "admin/secret.html", context)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


class SecretOnceAdmin(SecretPage):
    """Rows whose secret is shown once, in the answer to the form that made it."""

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> Any:
        return self.secret_page(request, obj, request.issued_secret)

    def save_form(self, request: Any, form: ServiceForm, change: bool) -> Any:
        request.issued_secret = form.issued_secret
        return super().save_form(request, form, change)


def dollars(amount: Decimal) -> str:
    """`$12,000.00`; exact below a cent, so that nothing that was spent shows as nothing."""
    cents = amount.quantize(CENT, rounding=ROUND_HALF_UP)
    text = f"{abs(cents):,.2f}" if cents or not amount else format_usd(abs(amount))
    return f"{'−' if amount < 0 else ''}${text}"


def visible_to(request: HttpRequest, rows: models.QuerySet) -> models.QuerySet:
    return permissions.visible(rows, permissions.principal_of(request.user))


def _without(fields: Sequence[Any], names: set[str]) -> list[Any]:
    """A fieldset's fields and rows of fields, less these."""
    rows = [
        tuple(name for name in row if name not in names) if isinstance(row, tuple) else row
        for row in fields
    ]
    return [row for row in rows if row and row not in names]


def _names_customers(list_filter: Any) -> bool:
    name = list_filter[0] if isinstance(list_filter, tuple | list) else list_filter
    return isinstance(name, str) and ("customer" in name or "team" in name)
