"""`/api/v1/teams`: groups inside a customer."""

from typing import Any

from controlplane.accounts import services
from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Reference
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, DescribedQuery, DescribedSerializer


class TeamSerializer(DescribedSerializer):
    fixed = ("id", "customer")
    customer = Reference(Customer.objects.all(), help_text="It never changes.")


class TeamQuery(DescribedQuery):
    customer = AnyOf("customer_id")


class TeamView(ResourceView):
    """A group inside a customer."""

    resource = Resource.TEAMS
    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    query_serializer = TeamQuery

    def add(self, fields: dict[str, Any]) -> Team:
        return services.create_team(**fields)

    def change(self, row: Team, changes: dict[str, Any]) -> Team:
        return services.update_team(row, **changes)

    def remove(self, row: Team) -> None:
        services.delete_team(row)
