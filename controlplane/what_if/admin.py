"""Questions about the past in the admin, to look at."""

from django.contrib import admin

from controlplane.accounts.permissions import Resource
from controlplane.administration import ReadOnlyAdmin
from controlplane.what_if.models import WhatIf


@admin.register(WhatIf)
class WhatIfAdmin(ReadOnlyAdmin):
    resource = Resource.WHAT_IF
    list_display = ("id", "state", "created_by", "created_at", "finished_at")
    list_filter = ("state",)
    search_fields = ("id__exact",)
