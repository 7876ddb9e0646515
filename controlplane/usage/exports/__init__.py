"""Usage records as files: one module a format, each an `encode` from pages to bytes.

Records are read page by page: memory does not limit a file's size, nor does how long a database
transaction may stay open while a slow client reads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from controlplane.errors import DomainError
from controlplane.usage.exports import csv_format, focus_format, xlsx_format
from controlplane.usage.filters import RecordFilter
from controlplane.usage.models import UsageRecord
from controlplane.usage.queries import Position, record_page
from controlplane.usage.summary import summarise

PAGE_RECORDS = 2000

Pages = Iterator[list[UsageRecord]]


@dataclass(frozen=True)
class ExportFormat:
    """How a file of this kind is called and made."""

    extension: str
    content_type: str
    encode: Callable[[Pages], Iterator[bytes]]
    rows_max: int | None = None


FORMATS = {
    "csv": ExportFormat("csv", csv_format.CONTENT_TYPE, csv_format.encode),
    "xlsx": ExportFormat(
        "xlsx", xlsx_format.CONTENT_TYPE, xlsx_format.encode, xlsx_format.ROWS_MAX
    ),
    "focus": ExportFormat("focus.csv", focus_format.CONTENT_TYPE, focus_format.encode),
}


def export(kind: ExportFormat, records: RecordFilter) -> Iterator[bytes]:
    """A file's chunks. Raises `DomainError` if there are more records than such a file holds."""
    if kind.rows_max is not None:
        many = summarise(records, ()).total.requests
        if many > kind.rows_max:
            raise DomainError(
                "too_many_rows",
                f"These are {many:,} records, and a file of this kind holds {kind.rows_max:,}. "
                "Ask for a shorter time, or for CSV.",
            )
    return kind.encode(pages(records))


def pages(records: RecordFilter) -> Pages:
    """All records of a filter, newest first, a page at a time.

    The first page is read right away: until then, whoever asks can still be told what is wrong.
    """
    return _pages_from(record_page(records, limit=PAGE_RECORDS), records)


def _pages_from(page: list[UsageRecord], records: RecordFilter) -> Pages:
    while page:
        yield page
        page = record_page(records, limit=PAGE_RECORDS, after=Position.of(page[-1]))
