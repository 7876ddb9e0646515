"""`/api/v1/usage`: what requests consumed and cost, as rows, as sums and as files. Read-only."""

from collections.abc import Collection
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import ViewSet

from controlplane.accounts.permissions import Resource, principal_of
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.pagination import LIMIT_DEFAULT, LIMIT_MAX
from controlplane.api.usage_serializers import (
    UsageRecordPageSerializer,
    UsageRecordSerializer,
    UsageSummarySerializer,
)
from controlplane.errors import invalid
from controlplane.streaming import file_response
from controlplane.usage import exports
from controlplane.usage.dimensions import KNOWN_DIMENSIONS, read_dimensions
from controlplane.usage.filters import COLUMNS, RecordFilter
from controlplane.usage.parameters import Parameters, read_count, read_filter, read_one
from controlplane.usage.queries import REQUEST_ID_LENGTH_MAX, Position, find_record, record_page
from controlplane.usage.summary import GROUPS_MAX, summarise
from controlplane.validators import is_storable

FORMAT_DEFAULT = "csv"
PERIOD_HELP = "A day like 2026-11-21 (included) or an instant like 2026-11-21T10:00:00Z"


def _parameter(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, description=description, **{"type": str, **options})


FILTERS = [
    *(
        _parameter(name, "Repeat it for any of several values; empty: not set.", many=True)
        for name in COLUMNS
        if name != "status"
    ),
    _parameter("status", "The HTTP status answered; repeat it for several.", type=int, many=True),
    _parameter("metadata.KEY", "The value of metadata `KEY`, for any name of a key.", many=True),
    _parameter("period", "this-month, last-month, a month like 2026-11, or days like 7d."),
    _parameter("from", f"{PERIOD_HELP}."),
    _parameter("to", f"{PERIOD_HELP}, which is not included."),
    _parameter("tz", "Time zone of days, like Europe/Berlin.", default="UTC"),
]
PAGING = [
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX}),
    _parameter("cursor", "Where the next page begins, as `next` has it."),
]
GROUPING = [
    _parameter("group_by", f"Some of {', '.join(KNOWN_DIMENSIONS)}, metadata.KEY, by commas."),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": GROUPS_MAX}),
]
FORMAT = _parameter(
    "format",
    "The kind of file; `focus` is CSV with the columns of FOCUS 1.2.",
    enum=list(exports.FORMATS),
    default=FORMAT_DEFAULT,
)
REFUSALS = dict.fromkeys((400, 401, 403), ErrorEnvelopeSerializer)


class UsageView(ViewSet):
    """Usage records: one for every request, refused ones included."""

    resource = Resource.USAGE
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"

    @extend_schema(
        operation_id="usage_list",
        parameters=[*FILTERS, *PAGING],
        responses={200: forced_singular_serializer(UsageRecordPageSerializer), **REFUSALS},
    )
    def list(self, request: Request) -> Response:
        """Usage records, newest first."""
        records, parameters = self._read(request, also=("limit", "cursor"))
        limit = read_count(parameters, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX)
        cursor = read_one(parameters, "cursor")
        after = None if cursor is None else Position.read(cursor)
        found = record_page(records, limit=limit + 1, after=after)
        page, next_url = found[:limit], None
        if len(found) > limit:
            url = request.build_absolute_uri()
            next_url = replace_query_param(url, "cursor", Position.of(page[-1]).cursor())
        return Response(UsageRecordPageSerializer({"next": next_url, "results": page}).data)

    @extend_schema(
        operation_id="usage_retrieve",
        parameters=[_parameter("id", "The request's id.", location=OpenApiParameter.PATH)],
        responses={200: UsageRecordSerializer, **REFUSALS, 404: ErrorEnvelopeSerializer},
    )
    def retrieve(self, request: Request, id: str) -> Response:
        """The usage record of one request."""
        records, _ = self._read(request, filtered=False)
        known = len(id) <= REQUEST_ID_LENGTH_MAX and is_storable(id)
        own = {"only_customer": records.only_customer, "only_team": records.only_team}
        record = find_record(id, **own) if known else None
        if record is None:
            raise NotFound("There is no such usage record.")
        return Response(UsageRecordSerializer(record).data)

    @extend_schema(
        operation_id="usage_summary",
        parameters=[*FILTERS, *GROUPING],
        responses={200: UsageSummarySerializer, **REFUSALS},
    )
    @action(detail=False)
    def summary(self, request: Request) -> Response:
        """Sums by group, the dearest first; the groups beyond `limit` are summed in `other`."""
        records, parameters = self._read(request, also=("group_by", "limit"))
        dimensions = read_dimensions(parameters.get("group_by", ()))
        limit = read_count(parameters, "limit", default=GROUPS_MAX, most=GROUPS_MAX)
        found = summarise(records, dimensions, limit=limit)
        return Response(UsageSummarySerializer(found).data)

    @extend_schema(
        operation_id="usage_export",
        parameters=[*FILTERS, FORMAT],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR),
            (200, exports.xlsx_format.CONTENT_TYPE): OpenApiResponse(OpenApiTypes.BINARY),
            **REFUSALS,
        },
    )
    @action(detail=False)
    def export(self, request: Request) -> StreamingHttpResponse:
        """All records of the filter as a file, newest first."""
        records, parameters = self._read(request, also=("format",))
        name = read_one(parameters, "format")
        kind = exports.FORMATS.get(FORMAT_DEFAULT if name is None else name)
        if kind is None:
            raise invalid("format", f"Must be one of: {', '.join(exports.FORMATS)}.")
        chunks = exports.export(kind, records)
        return file_response(chunks, name=f"usage.{kind.extension}", content_type=kind.content_type)

    def _read(
        self, request: Request, *, filtered: bool = True, also: Collection[str] = ()
    ) -> tuple[RecordFilter, Parameters]:
        """The filter in the URL, within what the viewer may see; and all parameters."""
        parameters = dict(request.query_params.lists())
        if unknown := [] if filtered else list(parameters):
            raise invalid(unknown[0], "Unknown parameter.")
        principal = principal_of(request.user)
        assert principal is not None, "permissions let nobody through who is nobody"
        own = {"only_customer": principal.customer_id, "only_team": principal.team_id}
        return read_filter(parameters, also=also, **own), parameters
