"""Usage records in the admin, to look at."""

from django.contrib import admin
from django.utils.html import format_html
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from billing.money import format_usd
from controlplane.accounts.permissions import Resource
from controlplane.administration import ReadOnlyAdmin
from controlplane.usage.models import BookedRequest

ID_SHOWN = 8
ONE_LINE = '<span class="whitespace-nowrap" title="{}">{}</span>'
OUTCOMES = {"answered": "success", "refused": "warning", "failed": "danger"}


@admin.register(BookedRequest)
class UsageAdmin(ReadOnlyAdmin):
    resource = Resource.USAGE
    paginator = InfinitePaginator  # counting millions of rows would take longer than anyone waits
    list_display = (
        "moment",
        "virtual_key_id",
        "model_asked",
        "answered_by",
        "outcome",
        "input_tokens",
        "output_tokens",
        "cost",
        "short_id",
    )
    list_filter = (
        ("at", RangeDateTimeFilter),
        ("customer_id", FieldTextFilter),
        ("virtual_key_id", FieldTextFilter),
        ("status", FieldTextFilter),
        "streamed",
    )
    search_fields = ("request_id__exact",)
    search_help_text = "A request id"

    @display(description="at", ordering="at")
    def moment(self, record: BookedRequest) -> str:
        return format_html(ONE_LINE, record.at.isoformat(), f"{record.at:%d %b %Y, %H:%M:%S} UTC")

    @display(description="request")
    def short_id(self, record: BookedRequest) -> str:
        return format_html(ONE_LINE, record.request_id, f"…{record.request_id[-ID_SHOWN:]}")

    @display(description="answered by")
    def answered_by(self, record: BookedRequest) -> str:
        return f"{record.provider} / {record.model}" if record.provider else "–"

    @display(description="asked for")
    def model_asked(self, record: BookedRequest) -> str:
        return record.model_requested or "–"

    @display(description="outcome", label=OUTCOMES)
    def outcome(self, record: BookedRequest) -> tuple[str, str]:
        state = (
            "answered" if record.status < 400 else "refused" if record.status < 500 else "failed"
        )
        return state, str(record.error_code or record.status)

    @display(description="cost")
    def cost(self, record: BookedRequest) -> str:
        return "no price" if record.cost_usd is None else f"${format_usd(record.cost_usd)}"
