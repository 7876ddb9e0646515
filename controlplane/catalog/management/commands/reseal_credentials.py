"""`manage.py reseal_credentials`: after a new sealing key was put before the old one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlplane.catalog.credentials import reseal_credentials
from controlplane.errors import DomainError


class Command(BaseCommand):
    help = (
        "Seals every provider's credential with the first key of PURSER_SEALING_KEY. "
        "After it the older keys may be taken out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            resealed, unreadable = reseal_credentials()
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Sealed anew: {resealed}.")
        if unreadable:
            raise CommandError(f"No key opens the credentials of: {', '.join(unreadable)}.")
