"""`manage.py erase_customer ID`: erases what is personal of a customer; the books stay whole."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlplane.accounts.models import Customer
from controlplane.audit.actors import process_actor
from controlplane.errors import DomainError
from controlplane.privacy.services import carry_out, request_erasure


class Command(BaseCommand):
    help = "Erases content, metadata, names and people of a customer. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer", metavar="ID")
        parser.add_argument("--confirm", metavar="ID", help="The id again; asked for if left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(pk=options["customer"]).first()
        if customer is None:
            raise CommandError(f"There is no customer '{options['customer']}'.")
        confirm = options["confirm"] or input("This cannot be undone. Repeat the id: ")
        actor = process_actor()
        try:
            erasure = request_erasure(
                customer=customer, confirm=confirm, actor=actor.name if actor else "a command"
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        erasure = carry_out(erasure)
        if erasure.completed_at is None:
            raise CommandError("Somebody else is at it.")
        self.stdout.write(json.dumps(erasure.counts))
