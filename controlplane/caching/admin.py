"""Cached answers in the admin: looked at, never read, and taken out; and what was measured."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from controlplane.accounts.permissions import Resource, may_write, principal_of
from controlplane.administration import ReadOnlyAdmin
from controlplane.caching import services
from controlplane.caching.models import CacheEntry, CacheEvidence, CacheOutcome

OWNERS = (("customer_id", FieldTextFilter), ("virtual_key_id", FieldTextFilter))


@admin.register(CacheEntry)
class CacheEntryAdmin(ReadOnlyAdmin):
    resource = Resource.CACHE_ENTRIES
    paginator = InfinitePaginator
    fields = (
        *("customer_id", "virtual_key_id", "namespace", "endpoint", "model_requested", "provider"),
        *("model", "bytes", "cost_usd", "hits", "embedder", "created_at", "used_at", "expires_at"),
    )
    list_display = ("id", "virtual_key_id", "namespace", "model_requested", "hits", "used_at")
    list_filter = (
        *OWNERS,
        ("namespace", FieldTextFilter),
        ("model_requested", FieldTextFilter),
        ("used_at", RangeDateTimeFilter),
    )
    actions = ("take_out",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_write(principal_of(request.user), self.resource)

    def remove(self, row: CacheEntry) -> None:
        services.purge_entries(CacheEntry.objects.filter(pk=row.pk))

    @action(description="Take out the selected answers", permissions=["delete"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[CacheEntry]) -> None:
        count = services.purge_entries(CacheEntry.objects.filter(pk__in=queryset.values("pk")))
        self.message_user(request, f"{count} taken out; what they answered is asked anew.")


@admin.register(CacheEvidence)
class CacheEvidenceAdmin(ReadOnlyAdmin):
    resource = Resource.CACHE_ENTRIES
    list_display = ("virtual_key_id", "namespace", "embedder", "low", "labels", "wrong", "served")
    list_filter = OWNERS


@admin.register(CacheOutcome)
class CacheOutcomeAdmin(ReadOnlyAdmin):
    resource = Resource.CACHE_ENTRIES
    paginator = InfinitePaginator
    list_display = ("day", "virtual_key_id", "namespace", "result", "why", "lookups", "saved_usd")
    list_filter = (*OWNERS, "result")

    @display(description="reason")
    def why(self, outcome: CacheOutcome) -> str:
        return outcome.reason
