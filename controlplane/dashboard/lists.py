"""Lists in pages without numbers: each page begins after a row, or ends before one.

A cursor is the values of a row's order, as text: `2026-11-21T09:41:22+00:00~alert_1`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from controlplane.dashboard.pages import Visit
from controlplane.errors import invalid
from controlplane.validators import is_storable

Row = TypeVar("Row", bound=Model)

ROWS_MAX = 50
SEARCH_LENGTH_MAX = 200
BETWEEN = "~"


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """The rows of one page, and where the pages beside it are."""

    rows: list[Row]
    before: str | None
    after: str | None


def listing(visit: Visit, rows: QuerySet[Row], *order: str) -> Listing[Row]:
    """At most fifty rows; every column of the order runs the same way (`-at`, `-id`).

    Raises `DomainError` for a cursor of another list.
    """
    names = [name.removeprefix("-") for name in order]
    is_falling = order[0].startswith("-")
    before, after = visit.query.first("before"), visit.query.first("after")
    if before and not after:
        found = _slice(rows, names, not is_falling, before)
        shown, more = found[:ROWS_MAX][::-1], len(found) > ROWS_MAX
        return _listing(visit, shown, names, is_first=not more, is_last=False)
    found = _slice(rows, names, is_falling, after)
    shown, more = found[:ROWS_MAX], len(found) > ROWS_MAX
    return _listing(visit, shown, names, is_first=not after, is_last=not more)


def search(rows: QuerySet[Row], text: str, *columns: str) -> QuerySet[Row]:
    """Those that have the text in any of the columns."""
    if not text:
        return rows
    if len(text) > SEARCH_LENGTH_MAX or not is_storable(text):
        return rows.none()
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__icontains": text})
    return rows.filter(found)


def _listing(
    visit: Visit, rows: list[Row], names: Sequence[str], *, is_first: bool, is_last: bool
) -> Listing[Row]:
    def at(name: str, row: Row) -> str:
        other = {"before": None, "after": None}
        return visit.query.having({**other, name: _cursor(row, names)}).url(visit.request.path)

    return Listing(
        rows,
        None if is_first or not rows else at("before", rows[0]),
        None if is_last or not rows else at("after", rows[-1]),
    )


def _slice(rows: QuerySet[Row], names: list[str], is_falling: bool, cursor: str) -> list[Row]:
    if cursor:
        rows = rows.filter(_beyond(rows.model, names, is_falling, cursor))
    sign = "-" if is_falling else ""
    return list(rows.order_by(*(sign + name for name in names))[: ROWS_MAX + 1])


def _beyond(kind: type[Model], names: list[str], is_falling: bool, cursor: str) -> Q:
    values = _values(kind, names, cursor)
    comparison = "lt" if is_falling else "gt"
    found = Q()
    for place, name in enumerate(names):
        equal = dict(zip(names[:place], values[:place], strict=True))
        found |= Q(**equal, **{f"{name}__{comparison}": values[place]})
    return found


def _cursor(row: Model, names: Sequence[str]) -> str:
    values = (getattr(row, name) for name in names)
    return BETWEEN.join(str(getattr(each, "isoformat", each.__str__)()) for each in values)


def _values(kind: type[Model], names: Sequence[str], cursor: str) -> list[Any]:
    texts = cursor.split(BETWEEN, len(names) - 1)
    if len(texts) != len(names) or not is_storable(cursor):
        raise invalid("after", "Is no place in this list.")
    try:
        return [
            kind._meta.get_field(name).to_python(text)  # type: ignore[union-attr]
            for name, text in zip(names, texts, strict=True)
        ]
    except (ValidationError, ValueError, OverflowError):
        raise invalid("after", "Is no place in this list.") from None
