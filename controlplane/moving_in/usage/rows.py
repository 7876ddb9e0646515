"""The rows of a file of past usage, one at a time: CSV, or a JSON object a line."""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem

LINE_LENGTH_MAX = 1_000_000
COLUMNS_MAX = 500
Row = dict[str, Any]
"""By column, what it holds: texts in CSV, JSON's values else."""


class Unreadable(Exception):
    """A line that is no row."""


def rows_of(path: Path) -> Iterator[tuple[int, Row | Unreadable]]:
    """Rows with their lines. Raises `ConfigurationWrong` for what is no such file at all."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            is_table = path.suffix.lower() == ".csv"
            yield from _table(file) if is_table else _lines(file)
    except (OSError, ValueError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        message = f"{path.name} cannot be read: {reason}."
        raise ConfigurationWrong([Problem(Place(0, 0), message)]) from None


def _lines(file: TextIO) -> Iterator[tuple[int, Row | Unreadable]]:
    number = 0
    while line := file.readline(LINE_LENGTH_MAX + 1):
        number += 1
        if len(line) > LINE_LENGTH_MAX:
            raise ConfigurationWrong([Problem(Place(number, 1), "This line is too long.")])
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=Decimal, parse_constant=str)
        except (ValueError, RecursionError):
            row = None
        is_row = isinstance(row, dict) and len(row) <= COLUMNS_MAX
        yield number, row if is_row else Unreadable("This is no JSON object.")


def _table(file: TextIO) -> Iterator[tuple[int, Row | Unreadable]]:
    reader = csv.reader(file)
    names = next(reader, [])
    if not names or len(set(names)) != len(names) or len(names) > COLUMNS_MAX:
        message = f"The first line names the columns, each once, and at most {COLUMNS_MAX}."
        raise ConfigurationWrong([Problem(Place(1, 1), message)])
    before = reader.line_num
    for cells in reader:
        line, before = before + 1, reader.line_num
        if len(cells) == len(names):
            yield line, dict(zip(names, cells, strict=True))
        elif cells:
            message = f"{len(cells)} cells, but {len(names)} columns."
            yield line, Unreadable(message)


def value_at(row: Row, column: str) -> Any:
    """What a column holds, or what a path leads to in an object that it holds; None for nothing."""
    if column in row:
        value = row[column]
        return None if value == "" else value
    name, _, rest = column.partition(".")
    value = row.get(name)
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value, parse_float=Decimal, parse_constant=str)
        except (ValueError, RecursionError):
            return None
    return value_at(value, rest) if rest and isinstance(value, dict) else None
