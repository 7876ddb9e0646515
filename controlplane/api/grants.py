"""What members and tokens have in common: a role, bound to a customer, a team, or nobody."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from controlplane.accounts.models import Customer, Role, Team
from controlplane.accounts.permissions import GRANTED, TOO_MUCH, Principal, too_much_to_grant
from controlplane.api.fields import Reference
from controlplane.api.serializers import StrictSerializer


class GrantSerializer(StrictSerializer):
    """Nobody grants more than they have."""

    role = serializers.ChoiceField(choices=Role.choices)
    customer = Reference(
        Customer.objects.all(),
        allow_null=True,
        default=None,
        help_text="Whoever is bound to a customer sees that customer alone.",
    )
    team = Reference(
        Team.objects.all(),
        allow_null=True,
        default=None,
        help_text="A team of the customer: narrower still.",
    )

    def granted(self, fields: dict[str, Any]) -> Principal:
        """What the fields make of whom they are for."""
        customer, team = fields["customer"], fields["team"]
        return Principal(
            Role(fields["role"]), customer and customer.pk, "granted", team and team.pk
        )

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        wanted = {name: fields.get(name, getattr(self.instance, name, None)) for name in GRANTED}
        if field := too_much_to_grant(self.context["principal"], self.granted(wanted | fields)):
            raise ValidationError({field: [TOO_MUCH[field]]})
        return fields
