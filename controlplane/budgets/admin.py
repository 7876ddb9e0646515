"""Budgets in the admin, and the ledger's rows behind them, which nobody edits."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList as UnfoldChangeList

from controlplane.accounts.admin import DESCRIPTION
from controlplane.accounts.permissions import Resource
from controlplane.administration import GovernedAdmin, ReadOnlyAdmin, dollars
from controlplane.budgets import services
from controlplane.budgets.forms import BudgetForm
from controlplane.budgets.models import Allowance, Balance, Budget, LedgerEntry, Process
from controlplane.budgets.queries import budgets_in_force, current_balances

NEARLY_USED_UP = 80


class BudgetList(UnfoldChangeList):
    """A page of budgets, each with what is left of it now."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: list[Any] = list(self.result_list)  # type: ignore[has-type]
        balances = current_balances(self.result_list, timezone.now())
        for budget in self.result_list:
            budget.current = balances[budget.id]


@admin.register(Budget)
class BudgetAdmin(GovernedAdmin):
    resource = Resource.BUDGETS
    form = BudgetForm
    fixed = ("id", "customer", "team", "virtual_key")
    list_display = (
        "id",
        "name",
        "owned_by",
        "limit",
        "window",
        "kind",
        "spent",
        "reserved",
        "remaining",
        "used",
    )
    list_filter = (
        "owner_type",
        "enforcement",
        "window",
        ("customer", AutocompleteSelectFilter),
        ("team", AutocompleteSelectFilter),
        ("virtual_key", AutocompleteSelectFilter),
    )
    search_fields = ("id", "name", "customer__id", "team__id", "virtual_key__id")
    autocomplete_fields = ("customer", "team", "virtual_key")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("id", "name"),)}),
        (
            "Owner",
            {
                "fields": ("customer", "team", "virtual_key"),
                "description": "One of the three. It never changes.",
            },
        ),
        (
            "Ceiling",
            {
                "fields": (
                    ("limit_usd", "enforcement"),
                    "shortfall",
                    ("window", "timezone"),
                    "alert_thresholds",
                    "carry_over_max_usd",
                )
            },
        ),
        (
            "Raises by request",
            {"fields": (("raise_step_usd", "raise_ceiling_usd"), "raise_approver")},
        ),
        DESCRIPTION,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        in_force = budgets_in_force().values("pk")
        owners = ("customer", "team__customer", "virtual_key__customer")
        return super().get_queryset(request).filter(pk__in=in_force).select_related(*owners)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return BudgetList

    @display(description="owner", header=True)
    def owned_by(self, budget: Budget) -> tuple[str, str]:
        return str(budget.owner), budget.get_owner_type_display()

    @display(description="limit", ordering="limit_usd")
    def limit(self, budget: Any) -> str:
        return dollars(budget.current.limit_usd)

    @display(description="kind", ordering="enforcement")
    def kind(self, budget: Budget) -> str:
        return budget.enforcement

    @display(description="spent")
    def spent(self, budget: Any) -> str:
        return dollars(budget.current.spent_usd)

    @display(description="reserved")
    def reserved(self, budget: Any) -> str:
        return dollars(budget.current.reserved_usd)

    @display(description="remaining")
    def remaining(self, budget: Any) -> str:
        return dollars(budget.current.remaining_usd)

    @display(
        description="used", label={"within": "success", "nearly": "warning", "used up": "danger"}
    )
    def used(self, budget: Any) -> tuple[str, str]:
        taken = budget.current.spent_usd + budget.current.reserved_usd
        limit = budget.current.limit_usd
        percent = 100 * taken / limit if limit else 100
        state = "used up" if percent >= 100 else "nearly" if percent >= NEARLY_USED_UP else "within"
        return state, f"{percent:.0f} %"

    def remove(self, row: Budget) -> None:
        services.delete_budget(row)


class LedgerAdmin(ReadOnlyAdmin):
    """Rows that the named statements in `billing/sql` write."""

    resource = Resource.LEDGER
    paginator = InfinitePaginator


@admin.register(Balance)
class BalanceAdmin(LedgerAdmin):
    list_display = ("budget", "window_start", "window_end", "spent", "reserved")
    list_filter = (("budget", AutocompleteSelectFilter), ("window_start", RangeDateTimeFilter))
    list_select_related = ("budget",)
    search_fields = ("budget__id", "budget__name")
    ordering = ("-id",)

    @display(description="spent", ordering="spent_usd")
    def spent(self, balance: Balance) -> str:
        return dollars(balance.spent_usd)

    @display(description="reserved", ordering="reserved_usd")
    def reserved(self, balance: Balance) -> str:
        return dollars(balance.reserved_usd)


@admin.register(Process)
class ProcessAdmin(LedgerAdmin):
    list_display = ("id", "host", "started_at", "seen_at")
    search_fields = ("id", "host")
    ordering = ("-seen_at",)


@admin.register(Allowance)
class AllowanceAdmin(LedgerAdmin):
    list_display = ("budget", "process", "amount")
    list_select_related = ("balance__budget", "process")
    search_fields = ("balance__budget__id", "process__id")
    ordering = ("-id",)

    @display(description="amount", ordering="amount_usd")
    def amount(self, allowance: Allowance) -> str:
        return dollars(allowance.amount_usd)

    @display(description="budget")
    def budget(self, allowance: Allowance) -> str:
        return str(allowance.balance.budget)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LedgerAdmin):
    list_display = ("at", "budget", "amount", "reason", "actor")
    list_filter = (("at", RangeDateTimeFilter),)
    list_select_related = ("balance__budget",)
    search_fields = ("reason", "actor", "balance__budget__id")
    ordering = ("-id",)

    @display(description="amount", ordering="amount_usd")
    def amount(self, entry: LedgerEntry) -> str:
        return dollars(entry.amount_usd)

    @display(description="budget")
    def budget(self, entry: LedgerEntry) -> str:
        return str(entry.balance.budget)
