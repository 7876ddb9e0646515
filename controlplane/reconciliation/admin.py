"""Bills of providers in the admin, to look at."""

from django.contrib import admin

from controlplane.accounts.permissions import Resource
from controlplane.administration import ReadOnlyAdmin
from controlplane.reconciliation.models import Invoice


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    resource = Resource.INVOICES
    list_display = (
        "id",
        "provider_id",
        "format",
        "first_day",
        "last_day",
        "billed_usd",
        "booked_usd",
        "left_out",
        "created_at",
        "created_by",
    )
    list_filter = ("format",)
    search_fields = ("id__exact", "provider_id")
