"""`manage.py reseal_credentials`: after a new sealing key was put before the old one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlplane.errors import DomainError
from controlplane.sealing import Resealed, reseal_all, sealing_keys

NAMED_MAX = 5


class Command(BaseCommand):
    help = (
        "Seals all that is kept sealed with the first key of PURSER_SEALING_KEY: credentials of "
        "providers, addresses of channels, second factors, stored content, kept answers. "
        "After it the older keys may be taken out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = [self._told(each) for each in reseal_all(sealing_keys())]
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Sealed anew: {sum(each.rows for each in done):,}.")
        if unreadable := [_named(each) for each in done if each.unreadable]:
            raise CommandError(f"No key opens: {'; '.join(unreadable)}.")

    def _told(self, done: Resealed) -> Resealed:
        self.stdout.write(f"{done.name}: {done.rows:,}")
        return done


def _named(done: Resealed) -> str:
    more = len(done.unreadable) - NAMED_MAX
    named = ", ".join(done.unreadable[:NAMED_MAX])
    return f"{done.name} of {named}{f' and {more:,} more' if more > 0 else ''}"
