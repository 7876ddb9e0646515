"""What every format makes of a row: lines of a bill, each of one day, model and kind of token."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
"""By column (`rows.plain_name`), what it holds."""
USD = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`model` is the bill's own name, empty for what is of none. `amount` is in `currency`; None
    where the file counts tokens alone. `per_usd`: the bill's own rate, units for a dollar."""

    day: date
    model: str
    kind: str
    amount: Decimal | None = None
    tokens: int | None = None
    currency: str = USD
    per_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """An export that is known by its columns. `read` yields the lines of a row, none for one that
    is not about models, and raises `ValueError` with a sentence for one that is wrong."""

    name: str
    title: str
    needs: frozenset[str]
    read: Callable[[Row], Iterator[Line]]
    id_column: str = ""
    """What tells its rows apart, where they have an id."""

    def fits(self, columns: Iterable[str]) -> bool:
        return not self.missing(columns)

    def missing(self, columns: Iterable[str]) -> frozenset[str]:
        return self.needs - frozenset(columns)
