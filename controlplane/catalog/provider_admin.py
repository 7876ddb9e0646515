"""Providers in the admin: their addresses and credentials, how they fare, and whether they work."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display

from controlplane.accounts import permissions
from controlplane.accounts.admin import DESCRIPTION, STATES
from controlplane.accounts.permissions import Resource
from controlplane.administration import GovernedAdmin
from controlplane.catalog import services
from controlplane.catalog.forms import ProviderForm
from controlplane.catalog.health import health_of
from controlplane.catalog.health_display import COLOURS, ProviderList, sentence, table
from controlplane.catalog.models import Provider
from controlplane.catalog.probe import look_at
from controlplane.errors import DomainError

TEST = (
    "It lists its models and makes one call of one token with each credential, on the "
    "installation's own account: neither is in the books."
)
LEVELS = {True: messages.SUCCESS, False: messages.ERROR, None: messages.INFO}
# Of the providers, which customers share.
SHOWN_TO_CUSTOMERS = ("id", "name", "kind", "health_state", "state")


@admin.register(Provider)
class ProviderAdmin(GovernedAdmin):
    resource = Resource.PROVIDERS
    form = ProviderForm
    fixed = ("id",)
    list_display = ("id", "name", "kind", "base_url", "has_credential", "health_state", "state")
    list_filter = ("kind", "is_active", "price_list")
    actions_detail = ("test",)
    search_fields = ("id", "name", "base_url")
    readonly_fields = ("has_credential", "health", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("id", "name"), ("kind", "is_active"))}),
        ("Health", {"fields": ("health",)}),
        ("Address", {"fields": ("base_url", ("region", "project"))}),
        ("Credential", {"fields": ("credential", ("has_credential", "without_credential"))}),
        (
            "Details",
            {
                "fields": (("price_list", "auth_header"), ("extra_headers", "extra_query")),
                "classes": ("collapse",),
            },
        ),
        DESCRIPTION,
    )

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return ProviderList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return SHOWN_TO_CUSTOMERS if _is_bound(request) else self.list_display

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id", "name") if _is_bound(request) else self.search_fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where the installation's accounts are is not the business of any one customer."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets[:1] if _is_bound(request) else fieldsets

    @action(description="Test", url_path="test", icon="network_check", permissions=["change"])
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        provider = get_object_or_404(self.get_queryset(request), pk=unquote(object_id))
        if request.method != "POST":
            return self.question(request, provider, effect=TEST, verb="Test", variant="primary")
        try:
            found = look_at(provider)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            for check in found["checks"]:
                messages.add_message(request, LEVELS[check["ok"]], sentence(check))
        return HttpResponseRedirect(self.page_of(provider.pk))

    @display(description="health", label=COLOURS)
    def health_state(self, provider: Any) -> str:
        return str(provider.health.state.value)

    @display(description="now")
    def health(self, provider: Provider) -> str:
        return table(health_of([provider.id])[provider.id])

    @display(description="credential", boolean=True)
    def has_credential(self, provider: Provider) -> bool:
        return provider.credential_sealed is not None

    @display(description="state", ordering="is_active", label=STATES)
    def state(self, provider: Provider) -> str:
        return "active" if provider.is_active else "inactive"

    def remove(self, row: Provider) -> None:
        services.delete_provider(row)


def _is_bound(request: HttpRequest) -> bool:
    principal = permissions.principal_of(request.user)
    return principal is None or principal.is_bound
