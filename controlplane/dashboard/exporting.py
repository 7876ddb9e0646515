"""What a page shows as a file: the rows and columns seen, and in each row what it is about.

Numbers are plain decimals, whatever separators the viewer chose, and text is never a formula.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.http import HttpResponse
from xlsxwriter import Workbook

from controlplane.cells import CSV_TYPE, Cell, csv_lines
from controlplane.dashboard.filters.chips import title_of
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import DIMENSIONS, PageFilter
from controlplane.errors import invalid
from controlplane.usage.exports import xlsx_format
from controlplane.usage.parameters import METADATA_PREFIX

KINDS = {"csv": CSV_TYPE, "xlsx": xlsx_format.CONTENT_TYPE}
SHEET_NAME_MAX = 31


@dataclass(frozen=True)
class Sheet:
    """A table to be saved under a name."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class About:
    """What rows are about: columns that each of them has, and a part of the file's name."""

    columns: Mapping[str, Cell]
    name: str


def exported(sheet: Sheet, about: About, kind: str) -> HttpResponse:
    """The file, each row with what it is about. Raises `DomainError` for other kinds."""
    if kind not in KINDS:
        raise invalid("export", f"Must be one of {', '.join(KINDS)}.")
    columns = [*sheet.columns, *about.columns]
    rows = [[*row, *about.columns.values()] for row in sheet.rows]
    body = csv_lines([columns, *rows]) if kind == "csv" else _workbook(sheet.name, columns, rows)
    response = HttpResponse(body, content_type=KINDS[kind])
    file = f"{sheet.name}-{about.name}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def of_period(chosen: PageFilter) -> About:
    """Its span, zone and filter."""
    records = chosen.records
    columns: dict[str, Cell] = {
        "from": _instant(records.start),
        "to": _instant(records.end),
        "time_zone": chosen.period.timezone,
        "filter": _filter(chosen.query),
    }
    return About(columns, f"{chosen.period.first}-{chosen.period.last}")


def of_moment(at: datetime, query: Query) -> About:
    """As it was then, and its filter."""
    return About(
        {"as_of": _instant(at), "filter": _filter(query)}, f"{at.astimezone(UTC):%Y-%m-%d}"
    )


def _filter(query: Query) -> str:
    given = [
        f"{title_of(name)}: {', '.join(values)}"
        for name, values in query.values.items()
        if name in DIMENSIONS or name.startswith(METADATA_PREFIX)
    ]
    return "; ".join(given)


def _instant(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _workbook(name: str, columns: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, options) as book:
        sheet = book.add_worksheet(name[:SHEET_NAME_MAX])
        sheet.freeze_panes(1, 1)
        for number, row in enumerate([columns, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, int | float | Decimal):
                    sheet.write_number(number, column, cell)
                elif cell is not None:
                    sheet.write_string(number, column, str(cell))
    return file.getvalue()
