"""`manage.py reconcile FILE --provider ID`: a provider's bill held against the books."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlplane.catalog.models import Provider
from controlplane.errors import DomainError
from controlplane.reconciliation import services
from controlplane.reconciliation.formats import AUTO, NAMES
from controlplane.reconciliation.report import report_lines
from controlplane.reconciliation.services import FILE_BYTES_MAX, InvoiceFile
from controlplane.reconciliation.shown import invoice_as_json
from controlplane.validators import validate_timezone

BY = "manage.py reconcile"


class Command(BaseCommand):
    """Exits 0 when the bill was read, whether or not it agrees; 1 when it cannot be read."""

    help = "Loads a provider's invoice or usage export and explains how it differs from the books."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV, JSON of the API, or JSON lines")
        parser.add_argument("--provider", required=True, help="the provider it is the bill of")
        parser.add_argument("--format", default=AUTO, choices=NAMES, help="told by its columns")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="day=Date, model=SKU, amount=Cost, input_tokens=…: for other tables",
        )
        parser.add_argument(
            "--model",
            action="append",
            default=[],
            metavar="BILLED=MODEL",
            help="what the bill calls a model, and what the books do",
        )
        parser.add_argument("--timezone", default="UTC", help="that of times without one")
        parser.add_argument(
            "--again", action="store_true", help="against the books as they are now"
        )
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *args: Any, **given: Any) -> None:
        provider = Provider.objects.filter(pk=given["provider"]).first()
        if provider is None:
            known = ", ".join(Provider.objects.values_list("pk", flat=True)) or "none"
            raise CommandError(f"There is no provider '{given['provider']}' (there is: {known}).")
        try:
            loaded = services.load_invoice(provider=provider, file=_file(given), by=BY)
            invoice = loaded.invoice
            if given["again"] and not loaded.is_new:
                invoice = services.reconcile_again(invoice)
        except DomainError as error:
            raise CommandError(error.message) from error
        rows = list(invoice.differences.all())
        if given["json"]:
            self.stdout.write(json.dumps(invoice_as_json(invoice, rows), indent=2))
            return
        if not loaded.is_new:
            self.stdout.write(f"This file was loaded on {invoice.created_at:%d %b %Y} already.")
        for line in report_lines(invoice, rows):
            self.stdout.write(line)


def _file(given: dict[str, Any]) -> InvoiceFile:
    try:
        validate_timezone(given["timezone"])
    except Exception as error:
        raise CommandError("Not a time zone: use a name such as Europe/Berlin.") from error
    path = Path(given["file"])
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise CommandError(f"{path.name} cannot be read: {error.strerror}.") from None
    return InvoiceFile(
        content,
        path.name[:255],
        given["format"],
        _pairs("map", given["map"]),
        _pairs("model", given["model"]),
        given["timezone"],
    )


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if any(not name or not value for name, value in pairs.items()):
        raise CommandError(f"--{option} is NAME=VALUE.")
    return pairs
