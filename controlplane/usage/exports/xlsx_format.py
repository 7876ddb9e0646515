"""Usage records as a workbook of one sheet: numbers are numbers, and text is never a formula.

The workbook is written to a temporary file row by row, and read from there: memory stays small.
"""

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from controlplane.cells import Cell
from controlplane.usage.exports.columns import COLUMNS, row
from controlplane.usage.models import UsageRecord

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet may have ten times as many; it would take minutes until its first byte.
ROWS_MAX = 100_000
TEXT_LENGTH_MAX = 32_767  # of a cell
CHUNK_BYTES = 65_536
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def encode(pages: Iterator[list[UsageRecord]]) -> Iterator[bytes]:
    """The workbook in chunks, once all of it is written."""
    with tempfile.TemporaryFile() as file:
        _write(file, pages)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _write(file: IO[bytes], pages: Iterator[list[UsageRecord]]) -> None:
    with Workbook(file, OPTIONS) as book:
        sheet = book.add_worksheet("Usage")
        sheet.freeze_panes(1, 0)
        _write_row(sheet, 0, list(COLUMNS))
        for number, record in enumerate(chain.from_iterable(pages), start=1):
            _write_row(sheet, number, row(record))


def _write_row(sheet: Worksheet, number: int, cells: list[Cell]) -> None:
    for column, cell in enumerate(cells):
        match cell:
            case None:
                pass
            case bool():
                sheet.write_boolean(number, column, cell)
            case int() | float() | Decimal():
                sheet.write_number(number, column, cell)
            case str():
                sheet.write_string(number, column, cell[:TEXT_LENGTH_MAX])
