"""Imports of past usage in the admin, to look at."""

from django.contrib import admin
from unfold.decorators import display

from controlplane.accounts.permissions import Resource
from controlplane.administration import ReadOnlyAdmin
from controlplane.moving_in.models import UsageImport


@admin.register(UsageImport)
class UsageImportAdmin(ReadOnlyAdmin):
    resource = Resource.USAGE_IMPORTS
    list_display = ("id", "file_name", "many_records", "created_at")
    search_fields = ("file_name",)

    @display(description="records", ordering="records")
    def many_records(self, batch: UsageImport) -> str:
        return f"{batch.records:,}"
