"""Comma-separated values as RFC 4180 has them, in UTF-8, with a line of column names."""

import csv
import io
from collections.abc import Iterable, Iterator

from controlplane.usage.exports.columns import COLUMNS, as_text, row
from controlplane.usage.models import UsageRecord

CONTENT_TYPE = "text/csv; charset=utf-8"


def encode(pages: Iterator[list[UsageRecord]]) -> Iterator[bytes]:
    """The header line, then the lines of each page."""
    yield _lines([list(COLUMNS)])
    for page in pages:
        yield _lines([as_text(cell) for cell in row(record)] for record in page)


def _lines(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
