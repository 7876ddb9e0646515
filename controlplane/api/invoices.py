"""`/api/v1/invoices`: bills of providers, held against the books by day and model."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.fields import Moment, Reference, Text, Usd
from controlplane.api.parsers import RequestTooLarge
from controlplane.api.resources import ResourceView
from controlplane.api.schema import IDEMPOTENCY_HEADER, READ_REFUSALS, WRITE_REFUSALS
from controlplane.api.serializers import AnyOf, ListQuery, NoQuery, StrictSerializer
from controlplane.audit.doors import name_of
from controlplane.catalog.models import Provider
from controlplane.reconciliation import services
from controlplane.reconciliation.formats import AUTO, NAMES
from controlplane.reconciliation.models import Difference, Invoice
from controlplane.reconciliation.report import verdict
from controlplane.reconciliation.services import FILE_NAME_LENGTH_MAX, InvoiceFile
from controlplane.reconciliation.shown import amounts_as_json, difference_as_json

UPLOAD_BYTES_MAX = 20 * 1024 * 1024
DIFFERENCES_SHOWN_MAX = 5000
PAIRS_MAX = 100


class CsvBody(BaseParser):
    """Keeps a body as it came, up to its size."""

    media_type = "text/csv"

    def parse(
        self,
        stream: BinaryIO,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        content = stream.read(UPLOAD_BYTES_MAX + 1)
        if len(content) > UPLOAD_BYTES_MAX:
            raise RequestTooLarge(
                f"A file may have at most {UPLOAD_BYTES_MAX} bytes here; "
                "`manage.py reconcile` takes larger ones."
            )
        return content


class JsonBody(CsvBody):
    media_type = "application/json"


class JsonLinesBody(CsvBody):
    media_type = "application/x-ndjson"


class PlainBody(CsvBody):
    media_type = "application/octet-stream"


class Pairs(serializers.ListField):
    """Repeated `NAME=VALUE`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Text(), required=False, max_length=PAIRS_MAX, **options)

    def to_internal_value(self, data: Any) -> dict[str, str]:  # type: ignore[override]
        pairs = dict(text.partition("=")[::2] for text in super().to_internal_value(data))
        if any(not name or not value for name, value in pairs.items()):
            raise ValidationError("Must be NAME=VALUE.")
        return pairs


class UploadQuery(NoQuery):
    provider = Reference(Provider.objects.all(), help_text="Whose bill it is.")
    format = serializers.ChoiceField(choices=NAMES, default=AUTO)
    file_name = Text(max_length=FILE_NAME_LENGTH_MAX, default="")
    map = Pairs(help_text="`FIELD=COLUMN` of another table: day, model, amount, input_tokens, …")
    model = Pairs(help_text="`BILLED=MODEL`: what the bill calls a model, and what the books do.")


class DifferenceSerializer(serializers.Serializer):
    day = serializers.DateField()
    model = Text()
    billed_as = serializers.ListField(child=Text())
    booked_as = serializers.ListField(child=Text())
    billed_usd = Usd(signed=True)
    booked_usd = Usd(signed=True)
    difference_usd = Usd(signed=True)
    billed_tokens = serializers.IntegerField(
        allow_null=True, help_text="Null where the file counts none."
    )
    booked_tokens = serializers.IntegerField()
    requests = serializers.IntegerField()
    unpriced_requests = serializers.IntegerField()
    causes = serializers.DictField(child=Usd(signed=True), help_text="They sum to the difference.")
    is_sure = serializers.BooleanField(help_text="False: the file does not prove the cause.")


class InvoiceSerializer(StrictSerializer):
    id = Text(read_only=True)
    provider = Text(source="provider_id", read_only=True)
    format = Text(read_only=True)
    file_name = Text(read_only=True)
    file_hash = Text(read_only=True, help_text="SHA-256; the same file is the same invoice.")
    first_day = serializers.DateField(read_only=True, help_text="In UTC.")
    last_day = serializers.DateField(read_only=True)
    currency = Text(read_only=True, help_text="The file's; amounts here are US dollars.")
    verdict = serializers.SerializerMethodField()
    billed_usd = Usd(read_only=True, signed=True)
    booked_usd = Usd(read_only=True, signed=True)
    difference_usd = serializers.SerializerMethodField()
    causes = serializers.SerializerMethodField()
    rows = serializers.IntegerField(read_only=True)
    left_out = serializers.IntegerField(read_only=True, help_text="Rows that are wrong or doubled.")
    duplicates = serializers.IntegerField(read_only=True)
    unrelated = serializers.IntegerField(read_only=True, help_text="Rows not about models.")
    problems = serializers.ListField(child=Text(), read_only=True)
    created_at = Moment(read_only=True)
    created_by = Text(read_only=True)
    reconciled_at = Moment(read_only=True)

    def get_verdict(self, invoice: Invoice) -> str:
        return verdict(invoice)

    @extend_schema_field(Usd(signed=True))
    def get_difference_usd(self, invoice: Invoice) -> str:
        return Usd().to_representation(invoice.billed_usd - invoice.booked_usd)

    @extend_schema_field(serializers.DictField(child=Usd(signed=True)))
    def get_causes(self, invoice: Invoice) -> dict[str, str]:
        return amounts_as_json(invoice.causes)


class WholeInvoiceSerializer(InvoiceSerializer):
    differences = serializers.SerializerMethodField(help_text="By day, then model.")

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_differences(self, invoice: Invoice) -> list[dict[str, Any]]:
        rows = Difference.objects.filter(invoice=invoice)[:DIFFERENCES_SHOWN_MAX]
        return [difference_as_json(row) for row in rows]


class InvoiceQuery(ListQuery):
    orders = ("id", "created_at", "first_day")
    provider = AnyOf("provider_id")


class InvoiceView(ResourceView):
    """A provider's bill, and how it differs from the books."""

    resource = Resource.INVOICES
    queryset = Invoice.objects.all()
    serializer_class = InvoiceSerializer
    query_serializer = InvoiceQuery
    parser_classes = [CsvBody, JsonBody, JsonLinesBody, PlainBody]
    answers = {"retrieve": WholeInvoiceSerializer}

    def query_kind(self) -> type[NoQuery]:
        return UploadQuery if self.action == "create" else super().query_kind()

    def retrieve(self, request: Request, id: str) -> Response:
        return Response(WholeInvoiceSerializer(self.get_object()).data)

    @extend_schema(
        parameters=[UploadQuery, IDEMPOTENCY_HEADER],
        request={each.media_type: OpenApiTypes.BINARY for each in parser_classes},
        responses={
            (200, "application/json"): InvoiceSerializer,
            (201, "application/json"): InvoiceSerializer,
            **dict.fromkeys((*READ_REFUSALS, *WRITE_REFUSALS), ErrorEnvelopeSerializer),
        },
    )
    def create(self, request: Request) -> Response:
        """Loads a file, which is the body as it is, and reconciles it: 201, or 200 for one that
        was loaded before. Rows that are wrong are left out and named in `problems`."""
        file = InvoiceFile(
            content=_content(request),
            name=self.query["file_name"],
            format=self.query["format"],
            mapping=self.query.get("map", {}),
            aliases=self.query.get("model", {}),
        )
        provider, by = self.query["provider"], name_of(request.user)
        loaded = services.load_invoice(provider=provider, file=file, by=by)
        return self.answer(loaded.invoice, status=201 if loaded.is_new else 200)

    @extend_schema(request=None)
    def reconcile(self, request: Request, id: str) -> Response:
        """Holds it against the books as they are now: records come late, and prices are set."""
        return self.answer(services.reconcile_again(self.get_object()))

    def remove(self, row: Invoice) -> None:
        services.delete_invoice(row)


def _content(request: Request) -> bytes:
    """A body of no bytes is read by no parser."""
    data: Any = request.data
    return data if isinstance(data, bytes) else b""
