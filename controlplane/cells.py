"""Cells of files that people open in a spreadsheet, and lines of comma-separated values."""

import csv
import io
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from billing.money import format_usd

Cell = str | int | float | bool | Decimal | None

CSV_TYPE = "text/csv; charset=utf-8"

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def as_text(cell: Cell) -> str:
    """A cell where all is text: nothing for a missing value, which is not zero."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case Decimal():
            return format_usd(cell)
        case str():
            return defused(cell)
        case _:
            return str(cell)


def defused(text: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe, which it hides."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_json(value: Any) -> str:
    return _json.encode(value)


def csv_lines(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Lines as RFC 4180 has them, in UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([as_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
