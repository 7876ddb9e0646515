"""Any other table: which of its columns is what, as whoever loads it says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from billing.reconciliation.sides import (
    ALL_KINDS,
    CACHE_WRITE,
    CACHED_INPUT,
    CHARGE,
    INPUT,
    OUTPUT,
    TOKEN_KINDS,
)
from controlplane.errors import invalid
from controlplane.reconciliation.formats import values
from controlplane.reconciliation.formats.lines import Format, Line, Row
from controlplane.reconciliation.rows import plain_name

COUNTS = {
    "input_tokens": INPUT,
    "cached_input_tokens": CACHED_INPUT,
    "cache_write_tokens": CACHE_WRITE,
    "output_tokens": OUTPUT,
}
FIELDS = ("day", "model", "amount", "currency", "kind", *COUNTS)
NEEDED = ("day", "model")
KNOWN_KINDS = (*TOKEN_KINDS, CHARGE)


def mapped_format(given: Mapping[str, str], columns: Iterable[str], timezone: str) -> Format:
    """A format by a mapping from our fields to its columns. Raises `DomainError`.

    `input_tokens` has the cached ones in it, as in usage records. `kind` tells what a row's amount
    is for: input, cached_input, cache_write, output or charge.
    """
    columns_of = {field: plain_name(column) for field, column in given.items()}
    there = set(columns)
    if unknown := [field for field in columns_of if field not in FIELDS]:
        raise invalid("map", f"'{unknown[0]}' is none of {', '.join(FIELDS)}.")
    for field, column in columns_of.items():
        if column not in there:
            raise invalid("map", f"{field}: the file has no column '{given[field]}'.")
    if missing := [field for field in NEEDED if field not in columns_of]:
        raise invalid("map", f"Say which column is {' and which is '.join(missing)}.")
    if "amount" not in columns_of and not COUNTS.keys() & columns_of.keys():
        raise invalid("map", "Say which column is the amount, or which count tokens.")
    return Format("mapped", "Mapped columns", frozenset(), _reader(columns_of, timezone))


def _reader(columns: Mapping[str, str], timezone: str) -> Callable[[Row], Iterator[Line]]:
    zone = ZoneInfo(timezone)

    def read(row: Row) -> Iterator[Line]:
        cells = {field: row[column] for field, column in columns.items()}
        at, model = values.day(cells["day"], zone), values.name(cells["model"])
        currency = values.currency(cells.get("currency"))
        for kind, tokens in _counts(cells).items():
            yield Line(day=at, model=model, kind=kind, tokens=tokens)
        if not values.is_empty(cells.get("amount")):
            amount = values.amount(cells["amount"])
            kind = _kind(cells.get("kind"))
            yield Line(day=at, model=model, kind=kind, amount=amount, currency=currency)

    return read


def _counts(cells: Row) -> dict[str, int]:
    counts = {kind: values.count(cells[field]) for field, kind in COUNTS.items() if field in cells}
    if INPUT in counts:
        counts[INPUT] -= counts.get(CACHED_INPUT, 0) + counts.get(CACHE_WRITE, 0)
        if counts[INPUT] < 0:
            raise ValueError("More tokens were cached than read.")
    return counts


def _kind(value: object) -> str:
    if values.is_empty(value):
        return ALL_KINDS
    kind = str(value).strip().lower().replace(" ", "_")
    if kind not in KNOWN_KINDS:
        raise ValueError(f"A kind is one of {', '.join(KNOWN_KINDS)}.")
    return kind
