"""Usage records as files: one module a format, each an `encode` from pages to bytes.

A file is made page by page, so its size is limited neither by memory nor by how long a database
transaction may stay open while a slow client reads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from controlplane.usage.exports import csv_format
from controlplane.usage.filters import RecordFilter
from controlplane.usage.models import UsageRecord
from controlplane.usage.queries import Position, record_page

PAGE_RECORDS = 2000

Pages = Iterator[list[UsageRecord]]


@dataclass(frozen=True)
class ExportFormat:
    """How a file of this kind is called and made."""

    extension: str
    content_type: str
    encode: Callable[[Pages], Iterator[bytes]]


FORMATS = {
    "csv": ExportFormat("csv", csv_format.CONTENT_TYPE, csv_format.encode),
}


def pages(records: RecordFilter) -> Pages:
    """All records of a filter, newest first, a page at a time.

    The first page is read right away: until then, whoever asks can still be told what is wrong.
    """
    return _pages_from(record_page(records, limit=PAGE_RECORDS), records)


def _pages_from(page: list[UsageRecord], records: RecordFilter) -> Pages:
    while page:
        yield page
        page = record_page(records, limit=PAGE_RECORDS, after=Position.of(page[-1]))
