"""`manage.py update_prices`: the price list brought up to date with the installed package."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from controlplane.catalog.price_source import listings
from controlplane.catalog.price_update import Update, update_price_list

SHOWN_MAX = 50


class Command(BaseCommand):
    """Adds prices and models; what was billed keeps the price it was billed at."""

    help = (
        "Adds the prices and models of the installed genai-prices that the list does not have. "
        "Prices change from now on, never in the past."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell, write nothing")

    def handle(self, *args: Any, dry_run: bool, **given: Any) -> None:
        update = update_price_list(listings(), now=timezone.now(), dry_run=dry_run)
        for line in _summary(update):
            self.stdout.write(line)
        if dry_run:
            self.stdout.write("Nothing was written.")


def _summary(update: Update) -> list[str]:
    groups = (
        ("models added", [row.id for row in update.added]),
        ("models described anew", [row.id for row in update.changed]),
        ("models no longer listed", [row.id for row in update.vanished]),
        ("prices added", [row.id for row in update.prices]),
    )
    lines = []
    for what, ids in groups:
        lines.append(f"{len(ids)} {what}")
        lines += [f"  {id}" for id in ids[:SHOWN_MAX]]
        if len(ids) > SHOWN_MAX:
            lines.append(f"  and {len(ids) - SHOWN_MAX} more")
    return lines
