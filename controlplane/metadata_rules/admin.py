"""Metadata rules in the admin."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from controlplane.accounts.permissions import Resource
from controlplane.administration import GovernedAdmin
from controlplane.metadata_rules import services
from controlplane.metadata_rules.forms import MetadataRuleForm
from controlplane.metadata_rules.models import MetadataRule


@admin.register(MetadataRule)
class MetadataRuleAdmin(GovernedAdmin):
    resource = Resource.METADATA_RULES
    form = MetadataRuleForm
    fixed = ("customer", "key")
    list_display = ("key", "customer", "required", "on_violation", "updated_at")
    list_filter = ("required", "on_violation", ("customer", AutocompleteSelectFilter))
    list_select_related = ("customer",)
    search_fields = ("key", "customer__id", "customer__name")
    autocomplete_fields = ("customer",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("customer", "key"), "name", ("required", "on_violation"))}),
        ("Values", {"fields": ("allowed_values", "renames")}),
        ("Description", {"fields": ("metadata", "created_at", "updated_at")}),
    )

    def remove(self, row: MetadataRule) -> None:
        services.delete_rule(row)
