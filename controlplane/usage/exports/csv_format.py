"""Usage records as comma-separated values, with a line of column names."""

from collections.abc import Iterator

from controlplane.cells import CSV_TYPE, csv_lines
from controlplane.usage.exports.columns import COLUMNS, row
from controlplane.usage.models import UsageRecord

CONTENT_TYPE = CSV_TYPE


def encode(pages: Iterator[list[UsageRecord]]) -> Iterator[bytes]:
    """The header line, then the lines of each page."""
    yield csv_lines([list(COLUMNS)])
    for page in pages:
        yield csv_lines(row(record) for record in page)
