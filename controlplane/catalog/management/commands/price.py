"""`manage.py price`: what one call, or each of many, costs by the provider's own usage object."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from controlplane.catalog.price_answers import UNPRICED, Answer, Cashier
from controlplane.catalog.price_list import load_price_list

LINE_BYTES_MAX = 1_000_000
REQUIRED = ("provider", "model", "usage")


class Command(BaseCommand):
    """Prices usage objects by the price list and the custom prices in the database."""

    help = "Prints what a call costs by its provider's own usage object, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--provider", help="a provider of ours, or a vendor or kind")
        parser.add_argument("--model", help="as configured, or as its vendor calls it")
        parser.add_argument("--usage", help="the usage object, or the answer it came in, as JSON")
        parser.add_argument("--at", help="when the call was made (ISO 8601); by default now")
        parser.add_argument(
            "--batch",
            action="store_true",
            help='answer each line of standard input: {"provider", "model", "usage", "at"?}',
        )

    def handle(self, *args: Any, batch: bool, **given: Any) -> None:
        missing = [f"--{name}" for name in REQUIRED if not given[name]]
        if missing and not batch:
            raise CommandError(f"Give {', '.join(missing)}; or --batch.")
        load_price_list()
        cashier = Cashier(timezone.now())
        if batch:
            for line in _lines(sys.stdin.buffer):
                self._show(cashier.answer_text(line))
            return
        answer = cashier.answer({name: given[name] for name in (*REQUIRED, "at")})
        self._show(answer)
        if answer.get("reason", UNPRICED) != UNPRICED:
            sys.exit(1)

    def _show(self, answer: Answer) -> None:
        self.stdout.write(json.dumps(answer))
        self.stdout.flush()


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank. Of one that is too long only the start is kept: not JSON."""
    while line := stream.readline(LINE_BYTES_MAX):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES_MAX)
        if line.strip():
            yield line
