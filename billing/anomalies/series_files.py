"""Series out of a CSV file of other people's making: `series,at,value`, in any order."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import NamedTuple

COLUMNS = ("series", "at", "value")
NAME_LENGTH_MAX = 300
VALUE_MAX = 1e30
EPOCH_MILLISECONDS_MIN = 1e11
EPOCH_MAX = 4_102_444_800  # the year 2100


class SeriesFileError(ValueError):
    """The file as a whole cannot be read; the message says why."""


class Row(NamedTuple):
    """One value. `text` is its time as written, which answers for it."""

    at: float
    value: float
    text: str
    line: int


@dataclass(slots=True)
class SeriesFile:
    """Rows by series, in order of time, and what was wrong with others: a sentence a line."""

    series: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_series(lines: Iterable[str]) -> SeriesFile:
    """Reads all rows that can be read. Raises `SeriesFileError` where there is no such table."""
    read = SeriesFile()
    reader = csv.reader(lines, strict=False)
    places = _places(reader)
    for cells in _rows(reader, read.problems):
        line = reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        try:
            name, row = _row([cells[place] for place in places], line)
        except IndexError:
            read.problems.append(f"line {line}: fewer cells than columns")
        except ValueError as error:
            read.problems.append(f"line {line}: {error}")
        else:
            read.series.setdefault(name, []).append(row)
    for name, rows in read.series.items():
        read.series[name] = _without_doubles(name, sorted(rows, key=_order), read.problems)
    return read


def _rows(reader: Iterator[list[str]], problems: list[str]) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(f"line {reader.line_num}: {error}")  # type: ignore[attr-defined]


def _places(reader: Iterator[list[str]]) -> list[int]:
    header = [cell.strip().lstrip("\ufeff").lower() for cell in next(reader, [])]
    if missing := [name for name in COLUMNS if name not in header]:
        raise SeriesFileError(
            f"the first line must name {', '.join(COLUMNS)}: {', '.join(missing)} missing"
        )
    return [header.index(name) for name in COLUMNS]


def _row(cells: list[str], line: int) -> tuple[str, Row]:
    name, at, value = (cell.strip() for cell in cells)
    if not name or len(name) > NAME_LENGTH_MAX:
        raise ValueError("series must have a name, of at most 300 characters")
    return name, Row(_instant(at), _number(value), at, line)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"value {text[:40]!r} is not a number") from None
    if not isfinite(value) or abs(value) > VALUE_MAX:
        raise ValueError(f"value {text[:40]!r} is not a finite number")
    return value


def _instant(text: str) -> float:
    """Seconds since 1970. Without a zone a time counts as UTC: only differences matter."""
    try:
        at = datetime.fromisoformat(text)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        seconds = _epoch(text)
    if not 0 <= seconds <= EPOCH_MAX:
        raise ValueError(f"at {text[:40]!r} is not a time between 1970 and 2100")
    return seconds


def _epoch(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(f"at {text[:40]!r} is not a time like 2026-03-01T12:00:00Z") from None
    return seconds / 1000 if seconds >= EPOCH_MILLISECONDS_MIN else seconds


def _order(row: Row) -> tuple[float, int]:
    return row.at, row.line


def _without_doubles(name: str, rows: list[Row], problems: list[str]) -> list[Row]:
    """Of several rows of one time the first in the file; others are named."""
    kept: list[Row] = []
    for row in rows:
        if kept and kept[-1].at == row.at:
            first = kept[-1].line
            problems.append(f"line {row.line}: {name} at {row.text} was given on line {first}")
        else:
            kept.append(row)
    return kept
