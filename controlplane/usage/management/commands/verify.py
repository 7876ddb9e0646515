"""`manage.py verify`: exit 0 and no rows when the books are right, else 1 and the rows."""

import sys
from dataclasses import astuple, fields
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand

from billing.money import format_usd
from controlplane.usage.services import Difference, verify_books


class Command(BaseCommand):
    """Compares balances with the usage records, ledger entries and allowances behind them."""

    help = "Checks that balances, ledger and usage agree; exits 1 with the rows that do not."

    def handle(self, *args: Any, **options: Any) -> None:
        differences = verify_books()
        if not differences:
            self.stderr.write("Balances, ledger and usage agree.", self.style.SUCCESS)
            return
        self.stdout.write("\n".join(_table(differences)))
        sys.exit(1)


def _table(differences: list[Difference]) -> list[str]:
    """Lines of columns, as wide as their longest cell."""
    rows = [[field.name for field in fields(Difference)]]
    rows += [[_cell(value) for value in astuple(difference)] for difference in differences]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _cell(value: str | int | Decimal | None) -> str:
    if value is None or value == "":
        return "-"
    return format_usd(value) if isinstance(value, Decimal) else str(value)
