"""`manage.py export`: the configuration as a YAML file that `manage.py apply` takes."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlplane.accounts.models import Customer
from controlplane.provisioning.export import export_configuration


class Command(BaseCommand):
    """Applied at once, what it prints changes nothing."""

    help = "Prints the configuration as a file for 'manage.py apply'; no secret is in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customer", metavar="ID", help="what belongs to this one alone")

    def handle(self, *args: Any, customer: str | None, **options: Any) -> None:
        if customer is not None and not Customer.objects.filter(pk=customer).exists():
            raise CommandError(f"There is no customer '{customer}'.")
        try:
            for part in export_configuration(customer):
                self.stdout.write(part, ending="")
        except BrokenPipeError:
            # Whoever reads has seen enough; what is still buffered goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
