"""Checking the books: do balances, ledger and usage records agree?"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from billing.sql import statement


@dataclass(frozen=True)
class Difference:
    """One place where the books disagree, as `billing/sql/verify.sql` explains them."""

    kind: str
    balance: int | None
    budget: str | None
    owner: str | None
    detail: str
    expected: Decimal
    found: Decimal
    difference: Decimal


def verify_books() -> list[Difference]:
    """Every difference, from one snapshot of the database; none when the books are right."""
    with connection.cursor() as cursor:
        cursor.execute(statement("verify"))
        return [Difference(*row) for row in cursor.fetchall()]
