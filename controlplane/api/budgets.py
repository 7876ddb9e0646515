"""`/api/v1/budgets`: ceilings on money, with what is left of them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone as clock
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Resource, visible
from controlplane.api.fields import Moment, Number, Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, DescribedQuery, DescribedSerializer
from controlplane.budgets import services
from controlplane.budgets.models import (
    Budget,
    Enforcement,
    OwnerType,
    RaiseApprover,
    Shortfall,
    default_alert_thresholds,
)
from controlplane.budgets.queries import budgets_in_force, current_balances
from controlplane.keys.models import VirtualKey

OWNER_ROWS: dict[str, QuerySet] = {
    OwnerType.CUSTOMER: Customer.objects.all(),
    OwnerType.TEAM: Team.objects.all(),
    OwnerType.VIRTUAL_KEY: VirtualKey.objects.all(),
}


class BalanceSerializer(serializers.Serializer):
    """The window that holds now; a rolling one ends now."""

    limit_usd = Usd(help_text="The limit in force: with what was raised, lent or lowered for now.")
    spent_usd = Usd()
    reserved_usd = Usd()
    remaining_usd = Usd()
    window_start = Moment()
    window_end = Moment(allow_null=True)


class BudgetSerializer(DescribedSerializer):
    fixed = ("id", "owner_type", "owner")
    owner_type = serializers.ChoiceField(choices=OwnerType.choices)
    owner = Text(source="owner_id", help_text="The owner's id. It never changes.")
    limit_usd = Usd()
    window = Text(
        default="month",
        max_length=16,
        help_text="day, week, month, quarter, year, lifetime, or rolling such as 30d or 6h.",
    )
    timezone = Text(
        required=False, max_length=64, help_text="Where windows turn; by default the customer's."
    )
    enforcement = serializers.ChoiceField(
        choices=Enforcement.choices, default=Enforcement.HARD.value
    )
    shortfall = serializers.ChoiceField(
        choices=Shortfall.choices,
        default=Shortfall.REFUSE.value,
        help_text="Of a hard budget: refuse a request that does not fit, or fit the tokens it may "
        "generate to what is left.",
    )
    alert_thresholds = serializers.ListField(
        child=Number(), default=default_alert_thresholds, help_text="Percentages."
    )
    carry_over_max_usd = Usd(
        allow_null=True,
        default=None,
        help_text="So much of what is left goes to the next window; null: nothing does.",
    )
    raise_step_usd = Usd(
        allow_null=True,
        default=None,
        help_text="So much more may be asked for at a time; null: no raises by request.",
    )
    raise_ceiling_usd = Usd(
        allow_null=True, default=None, help_text="So far requests may raise the limit."
    )
    raise_approver = serializers.ChoiceField(
        choices=RaiseApprover.choices,
        default=RaiseApprover.FINANCE.value,
        help_text="Who decides on raises; never whoever asked.",
    )
    balance = serializers.SerializerMethodField()

    @extend_schema_field(BalanceSerializer)
    def get_balance(self, budget: Budget) -> dict[str, Any]:
        return BalanceSerializer(self.context["balances"][budget.id]).data

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None:
            rows = OWNER_ROWS[fields.pop("owner_type")]
            owner = visible(rows, self.context["principal"]).filter(pk=fields.pop("owner_id"))
            fields["owner"] = owner.first()
            if fields["owner"] is None:
                kind = rows.model._meta.verbose_name
                raise ValidationError({"owner": [f"There is no such {kind}."]})
        return fields


class BudgetQuery(DescribedQuery):
    owner_type = AnyOf("owner_type", child=serializers.ChoiceField(choices=OwnerType.choices))
    owner = AnyOf("owner")
    enforcement = AnyOf("enforcement", child=serializers.ChoiceField(choices=Enforcement.choices))


class BudgetView(ResourceView):
    """A ceiling on what one owner may spend in each window."""

    resource = Resource.BUDGETS
    queryset = budgets_in_force()
    serializer_class = BudgetSerializer
    query_serializer = BudgetQuery
    moving = frozenset({"balance"})

    def matching(self, rows: QuerySet, filters: dict[str, Any]) -> QuerySet:
        owners = filters.pop("owner__in", None)
        if owners is not None:
            rows = rows.filter(
                Q(customer__in=owners) | Q(team__in=owners) | Q(virtual_key__in=owners)
            )
        return rows.filter(**filters)

    def context_for(self, rows: Sequence[Budget]) -> dict[str, Any]:
        return {"balances": current_balances(rows, clock.now())}

    def add(self, fields: dict[str, Any]) -> Budget:
        return services.create_budget(**fields)

    def change(self, row: Budget, changes: dict[str, Any]) -> Budget:
        return services.update_budget(row, **changes)

    def remove(self, row: Budget) -> None:
        services.delete_budget(row)
