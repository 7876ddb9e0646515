"""Checking the books (do balances, ledger and usage agree?), and keeping the rollup small."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from billing.sql import statement

VERIFICATIONS = ("verify", "verify_rollup")
# New metadata objects of a virtual key within a day.
METADATA_OBJECTS_MAX = 1000


@dataclass(frozen=True)
class Difference:
    """One place where the books disagree, as the statements in `VERIFICATIONS` explain them."""

    kind: str
    balance: int | None
    budget: str | None
    owner: str | None
    detail: str
    expected: Decimal
    found: Decimal
    difference: Decimal


def verify_books() -> list[Difference]:
    """Every difference, each statement from one snapshot; none when the books are right."""
    differences: list[Difference] = []
    with connection.cursor() as cursor:
        for name in VERIFICATIONS:
            cursor.execute(statement(name))
            differences += [Difference(*row) for row in cursor.fetchall()]
    return differences


def fold_metadata() -> list[str]:
    """Keeps metadata that takes ever new values out of the rollup; returns whose it is."""
    with connection.cursor() as cursor:
        cursor.execute(statement("unfold_metadata"))
        cursor.execute(statement("fold_metadata"), {"objects_max": METADATA_OBJECTS_MAX})
        return [virtual_key for (virtual_key,) in cursor.fetchall()]
