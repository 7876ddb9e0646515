"""`manage.py create_token NAME --role ROLE`: an API token for the control plane, printed once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from controlplane.accounts.models import Customer, Role
from controlplane.accounts.services import issue_token
from controlplane.errors import DomainError

EXPIRES_DAYS_MAX = 3650


class Command(BaseCommand):
    help = "Creates an API token and prints its secret, which is shown only here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What the token is for.")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--customer", metavar="ID", help="Bind it to this customer.")
        parser.add_argument("--expires-days", type=int, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            issued = issue_token(
                name=options["name"],
                role=options["role"],
                customer=self._customer(options["customer"]),
                expires_at=self._expiry(options["expires_days"]),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(issued.secret)

    def _customer(self, customer_id: str | None) -> Customer | None:
        if customer_id is None:
            return None
        customer = Customer.objects.filter(pk=customer_id).first()
        if customer is None:
            raise CommandError(f"There is no customer '{customer_id}'.")
        return customer

    def _expiry(self, days: int | None) -> Any:
        if days is None:
            return None
        if not 1 <= days <= EXPIRES_DAYS_MAX:
            raise CommandError(f"--expires-days must be from 1 to {EXPIRES_DAYS_MAX}.")
        return timezone.now() + timedelta(days=days)
