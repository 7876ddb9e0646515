"""`manage.py create_token NAME --role ROLE`: an API token for the control plane, printed once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.utils import timezone

from controlplane.accounts.models import Customer, Role, Team
from controlplane.accounts.permissions import Resource
from controlplane.accounts.services import issue_token
from controlplane.errors import DomainError

Row = TypeVar("Row", bound=Model)

EXPIRES_DAYS_MAX = 3650


class Command(BaseCommand):
    help = "Creates an API token and prints its secret, which is shown only here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What the token is for.")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--customer", metavar="ID", help="Bind it to this customer.")
        parser.add_argument("--team", metavar="ID", help="Bind it to this team.")
        parser.add_argument("--read-only", action="store_true", help="It changes nothing.")
        parser.add_argument(
            "--scope",
            nargs="+",
            default=[],
            choices=[each.value for each in Resource],
            help="Narrow the role to these resources.",
        )
        parser.add_argument("--expires-days", type=int, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        team = self._row(Team, options["team"])
        try:
            issued = issue_token(
                name=options["name"],
                role=options["role"],
                scope=options["scope"],
                is_read_only=options["read_only"],
                customer=self._customer(options["customer"], team),
                team=team,
                expires_at=self._expiry(options["expires_days"]),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(issued.secret)

    def _customer(self, customer_id: str | None, team: Team | None) -> Customer | None:
        if customer_id is None and team is not None:
            return team.customer
        return self._row(Customer, customer_id)

    def _row(self, kind: type[Row], row_id: str | None) -> Row | None:
        if row_id is None:
            return None
        row = kind._default_manager.filter(pk=row_id).first()
        if row is None:
            raise CommandError(f"There is no {kind._meta.verbose_name} '{row_id}'.")
        return row

    def _expiry(self, days: int | None) -> Any:
        if days is None:
            return None
        if not 1 <= days <= EXPIRES_DAYS_MAX:
            raise CommandError(f"--expires-days must be from 1 to {EXPIRES_DAYS_MAX}.")
        return timezone.now() + timedelta(days=days)
