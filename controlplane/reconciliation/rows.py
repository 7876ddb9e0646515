"""The rows of an export: CSV, JSON as the providers' APIs answer, or a JSON object a line.

Columns have plain names, so that one reader serves every spelling: `lineItem/UsageStartDate` and
`line_item_usage_start_date`, `sku.description` and `SKU description` are the same.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from controlplane.errors import invalid

COLUMNS_MAX = 3000  # a cost and usage report has hundreds
DEPTH_MAX = 4
COLUMNS_READ_FROM = 200
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
WIDE_GAP = re.compile(r"\s+\((?=\$\)$)")
OTHER = re.compile(r"[^a-z0-9]+")
BUCKETS, RESULTS = "data", "results"
csv.field_size_limit(1_000_000)

Rows = Iterator[tuple[int, dict[str, Any] | None]]
"""Each with its line, or its place in a list; None where it is no row."""


def plain_name(column: str) -> str:
    return OTHER.sub("_", CAMEL.sub("_", column).lower()).strip("_")


def rows_of(content: bytes) -> Rows:
    """Raises `DomainError` for what is neither CSV nor JSON."""
    text = _text(content)
    start = text.lstrip()[:1]
    if not start:
        raise invalid("file", "The file is empty.")
    return _from_json(text) if start in "{[" else _from_csv(text)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("file", "The file is not text in UTF-8.") from None
    if "\x00" in text:
        raise invalid("file", "The file is not text: it holds a zero byte.")
    return text


def _from_csv(text: str) -> Rows:
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [WIDE_GAP.sub("(", each.strip()) for each in next(reader)]
        names = header if _is_wide(header) else [plain_name(each) for each in header]
        if len(set(names)) != len(names) or len(names) > COLUMNS_MAX:
            raise invalid(
                "file", f"The first line names columns, each once, {COLUMNS_MAX} at most."
            )
        for cells in reader:
            if any(cells):
                is_whole = len(cells) == len(names)
                yield reader.line_num, dict(zip(names, cells, strict=True)) if is_whole else None
    except csv.Error as error:
        raise invalid("file", f"Line {reader.line_num}: this is not CSV ({error}).") from None


def _is_wide(header: list[str]) -> bool:
    """Cost Explorer has values for columns: their names are data."""
    return len(header) > 1 and all(name.endswith("($)") for name in header[1:])


def _from_json(text: str) -> Rows:
    try:
        whole = [json.loads(text, parse_float=Decimal, parse_constant=str)]
    except RecursionError:
        raise invalid("file", "The JSON is nested too deeply.") from None
    except ValueError:
        yield from _from_json_lines(text)
        return
    yield from enumerate(_flattened(_results(whole)), start=1)


def _from_json_lines(text: str) -> Rows:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=Decimal, parse_constant=str)
        except (ValueError, RecursionError):
            yield number, None
            continue
        yield from ((number, row) for row in _flattened(_results([value])))


def _results(values: list[Any]) -> Iterator[Any]:
    """Pages of an API hold buckets of time, and these the results."""
    for value in values:
        if isinstance(value, list):
            yield from _results(value)
        elif isinstance(value, Mapping) and isinstance(value.get(BUCKETS), list):
            yield from _results(value[BUCKETS])
        elif isinstance(value, Mapping) and isinstance(value.get(RESULTS), list):
            bucket = {name: each for name, each in value.items() if name != RESULTS}
            for result in value[RESULTS]:
                yield {**bucket, **result} if isinstance(result, Mapping) else result
        else:
            yield value


def _flattened(values: Iterator[Any]) -> Iterator[dict[str, Any] | None]:
    for value in values:
        yield _flat(value) if isinstance(value, Mapping) else None


def _flat(value: Mapping[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Any]:
    """`{"amount": {"value": 1}}` as `amount_value`."""
    flat: dict[str, Any] = {}
    for key, each in value.items():
        name = f"{prefix}{plain_name(str(key))}"
        if isinstance(each, Mapping) and depth < DEPTH_MAX:
            flat |= _flat(each, f"{name}_", depth + 1)
        else:
            flat[name] = each
    return flat


def columns_of(content: bytes) -> list[str]:
    """Those of the first rows: objects of a file need not all have the same."""
    columns: dict[str, None] = {}
    for _, row in islice(rows_of(content), COLUMNS_READ_FROM):
        columns |= dict.fromkeys(row or ())
    return list(columns)
