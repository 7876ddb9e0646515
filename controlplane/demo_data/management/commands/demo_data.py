"""`manage.py demo_data --days 90 --requests 200000`: months of traffic of several customers."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from controlplane.demo_data.demo import write_demo_data
from controlplane.errors import DomainError

DAYS_MAX, REQUESTS_MAX, SEED_MAX = 800, 20_000_000, 10**9


class Command(BaseCommand):
    help = "Fills the books with believable traffic that ends now, for looking around and tests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="How far back it begins.")
        parser.add_argument("--requests", type=int, default=200_000)
        parser.add_argument("--seed", type=int, default=1, help="The same seed, the same traffic.")
        parser.add_argument(
            "--again", action="store_true", help="Add to demo data that are there already."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for name, most in (("days", DAYS_MAX), ("requests", REQUESTS_MAX), ("seed", SEED_MAX)):
            if not 1 <= options[name] <= most:
                raise CommandError(f"--{name} must be from 1 to {most}.")
        began = time.monotonic()
        try:
            many = write_demo_data(
                options["days"],
                options["requests"],
                seed=options["seed"],
                now=timezone.now(),
                again=options["again"],
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        seconds = time.monotonic() - began
        self.stdout.write(f"{many:,} requests of {options['days']} days in {seconds:.0f} s.")
