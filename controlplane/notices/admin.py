"""Notices in the admin: rules are changed here, channels and what was sent are looked at."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from controlplane.accounts.permissions import Resource
from controlplane.administration import GovernedAdmin, ReadOnlyAdmin
from controlplane.notices import services
from controlplane.notices.forms import RuleForm
from controlplane.notices.models import Channel, Delivery, Notice, Rule


@admin.register(Rule)
class RuleAdmin(GovernedAdmin):
    resource = Resource.ALERT_RULES
    form = RuleForm
    fixed = ("id",)
    list_display = ("id", "name", "customer", "channel", "digest", "is_active", "updated_at")
    list_filter = ("digest", "is_active")
    list_select_related = ("customer", "channel")
    search_fields = ("id", "name")
    fieldsets = (
        (None, {"fields": ("id", "name", ("customer", "channel"), "is_active")}),
        ("Which alerts", {"fields": ("kinds", "severities")}),
        ("When", {"fields": ("digest", ("quiet_from", "quiet_to"), "timezone")}),
        ("What is done at once", {"fields": (("action", "action_minutes"),)}),
        ("Description", {"fields": ("metadata",)}),
    )

    def remove(self, row: Rule) -> None:
        services.delete_rule(row)


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    resource = Resource.NOTICE_CHANNELS
    list_display = ("id", "name", "customer", "kind", "destination", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("id", "name")


class DeliveryInline(TabularInline):
    model = Delivery
    extra = 0
    fields = readonly_fields = ("at", "is_delivered", "error", "took_ms")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    resource = Resource.NOTICES
    list_display = ("id", "channel", "state", "attempts", "due_at", "delivered_at")
    list_filter = ("state",)
    search_fields = ("id__exact", "channel__id__exact")
    exclude = ("events",)
    inlines = (DeliveryInline,)
