"""Lists in pages, in the order asked for: each continues after the last row of the one before."""

import base64
import binascii
import json
from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from controlplane.validators import is_storable

LIMIT_DEFAULT = 100
LIMIT_MAX = 1000
CURSOR_LENGTH_MAX = 2000
ID = "id"
BACKWARDS = "-"


class KeysetPagination(BasePagination):
    """`?limit=`, `?order=` and `?cursor=`; answers `results` and `next`, a URL or null.

    The view has read all three, as `view.query`, by the time a page is asked for. Equal values are
    ordered by id.
    """

    next_url: str | None = None

    def paginate_queryset(self, rows: QuerySet, request: Request, view: Any) -> list[Model]:
        limit: int = view.query["limit"]
        order = view.query.get("order", f"{BACKWARDS}{ID}" if view.newest_first else ID)
        backwards, column = order.startswith(BACKWARDS), order.removeprefix(BACKWARDS)
        columns = [view.id_column] if column == ID else [column, view.id_column]
        if cursor := view.query.get("cursor"):
            rows = rows.filter(_beyond(columns, _read_cursor(cursor, columns, rows), backwards))
        sign = BACKWARDS if backwards else ""
        page = list(rows.order_by(*(f"{sign}{name}" for name in columns))[: limit + 1])
        if len(page) > limit:
            last = [getattr(page[limit - 1], name) for name in columns]
            url = request.build_absolute_uri()
            self.next_url = replace_query_param(url, "cursor", _make_cursor(last))
        return page[:limit]

    def get_paginated_response(self, results: Any) -> Response:
        return Response({"next": self.next_url, "results": results})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        url = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": url, "results": schema},
        }


def _beyond(columns: list[str], last: list[Any], backwards: bool) -> Q:
    """The rows that come after the last one, by one column or, where it is equal, by the next."""
    comparison = "lt" if backwards else "gt"
    found = Q()
    for place, (name, value) in enumerate(zip(columns, last, strict=True)):
        equal = dict(zip(columns[:place], last[:place], strict=True))
        found |= Q(**equal, **{f"{name}__{comparison}": value})
    return found


def _make_cursor(last: list[Any]) -> str:
    text = json.dumps(last, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, columns: list[str], rows: QuerySet) -> list[Any]:
    """The last row's values. Raises `ValidationError` for what is no cursor of this list."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        last = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(last, list) or len(last) != len(columns) or not is_storable(last):
            raise ValueError("another list's")
        return [_value(rows, name, value) for name, value in zip(columns, last, strict=True)]
    except (binascii.Error, ValueError, RecursionError, Invalid) as error:
        raise ValidationError({"cursor": ["Not a cursor of this list."]}) from error


def _value(rows: QuerySet, name: str, value: Any) -> Any:
    """As the column holds it."""
    meta = rows.model._meta
    field = meta.pk if name == "pk" else meta.get_field(name)
    if value is None or isinstance(value, dict | list):
        raise ValueError("no column of an order is null or nested")
    return field.to_python(value)
