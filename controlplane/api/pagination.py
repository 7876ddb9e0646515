"""Lists in pages, ordered by id: each page continues after the last id of the one before."""

import base64
import binascii
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from controlplane.validators import is_storable

LIMIT_DEFAULT = 100
LIMIT_MAX = 1000
CURSOR_LENGTH_MAX = 2000


class KeysetPagination(BasePagination):
    """`?limit=` and `?cursor=`; answers `results` and `next`, a URL or null.

    The view has read both parameters, as `view.query`, by the time a page is asked for.
    """

    next_url: str | None = None

    def paginate_queryset(self, rows: QuerySet, request: Request, view: Any) -> list[Model]:
        limit: int = view.query["limit"]
        order, beyond = ("-pk", "pk__lt") if view.newest_first else ("pk", "pk__gt")
        if cursor := view.query.get("cursor"):
            rows = rows.filter(**{beyond: read_cursor(cursor)})
        page = list(rows.order_by(order)[: limit + 1])
        if len(page) > limit:
            url = request.build_absolute_uri()
            self.next_url = replace_query_param(url, "cursor", make_cursor(page[limit - 1].pk))
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


def make_cursor(last: str) -> str:
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        last = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ValidationError({"cursor": ["Not a cursor of this list."]}) from error
    if not last or not is_storable(last):
        raise ValidationError({"cursor": ["Not a cursor of this list."]})
    return last
