"""The kinds of values the API reads and writes. Types are exact: `"5"` is not a number."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.money import QUANTUM, ZERO, format_usd, parse_usd
from controlplane.accounts.permissions import visible
from controlplane.api.parsers import UNSTORABLE
from controlplane.fields import SLUG_LENGTH_MAX, slug_validator
from controlplane.validators import is_storable

RATIO_DECIMALS = 4
USD_PATTERN = r"^[0-9]+(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?$"
SIGNED_USD_PATTERN = USD_PATTERN.replace("^", "^-?", 1)


class Text(serializers.CharField):
    """A JSON string, kept as it is."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("trim_whitespace", False)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not is_storable(data):
            raise serializers.ValidationError(UNSTORABLE)
        return data


class Slug(Text):
    """An id people choose."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", SLUG_LENGTH_MAX)
        super().__init__(**options)
        self.validators.append(slug_validator)


class Whole(serializers.IntegerField):
    """A JSON integer."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Number(serializers.FloatField):
    """A JSON number, kept as it is."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """JSON's true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Ratio(Number):
    """A JSON number from 0 to 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=1, **options)

    def to_internal_value(self, data: Any) -> Decimal:  # type: ignore[override]
        ratio = Decimal(str(super().to_internal_value(data)))
        if 0 <= ratio <= 1 and ratio != round(ratio, RATIO_DECIMALS):
            raise serializers.ValidationError(f"Has more than {RATIO_DECIMALS} decimals.")
        return ratio


class Usd(serializers.Field):
    """Money: a decimal string in US dollars. A whole JSON number is exact, too; a float is not.

    `signed`: it may be less than nothing.
    """

    default_error_messages = {
        "invalid": 'Must be a decimal string such as "12.50", in US dollars.',
        "negative": "Must not be negative.",
        "too_fine": "Has more decimals than can be kept exactly.",
    }

    def __init__(self, *, quantum: Decimal = QUANTUM, signed: bool = False, **options: Any) -> None:
        self.quantum = quantum
        self.signed = signed
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str | int) or (isinstance(data, str) and len(data) > 64):
            self.fail("invalid")
        try:
            amount = parse_usd(data)
        except ValueError:
            self.fail("invalid")
        if amount < ZERO and not self.signed:
            self.fail("negative")
        if amount != amount.quantize(self.quantum):
            self.fail("too_fine")
        return amount.quantize(self.quantum)

    def to_representation(self, value: Decimal) -> str:
        return format_usd(value)


class UsdSchema(OpenApiSerializerFieldExtension):
    target_class = Usd

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        text = {"type": "string", "pattern": USD_PATTERN, "example": "12.50"}
        if direction == "response":
            return {**text, "pattern": r"^-?[0-9]+\.[0-9]{2,12}$"}
        if self.target.signed:
            return {"oneOf": [{**text, "pattern": SIGNED_USD_PATTERN}, {"type": "integer"}]}
        return {"oneOf": [text, {"type": "integer", "minimum": 0}]}


class Moment(serializers.DateTimeField):
    """An instant: ISO 8601 with a time zone."""

    def to_internal_value(self, value: Any) -> datetime:
        moment = self._parse(value) if isinstance(value, str) else None
        if moment is None or moment.tzinfo is None:
            raise serializers.ValidationError("Must be a date and time with a time zone.")
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise serializers.ValidationError("Is out of range.") from error

    def _parse(self, text: str) -> datetime | None:
        try:
            return parse_datetime(text)
        except ValueError:
            return None


@extend_schema_field(OpenApiTypes.STR)
class DayOrMoment(Moment):
    """An instant, or a day: its midnight in UTC."""

    def _parse(self, text: str) -> datetime | None:
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is not None and len(text) == len("2026-01-31"):
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        return super()._parse(text)


class Metadata(serializers.DictField):
    """A flat JSON object; what it may hold is said by `controlplane.validators`."""


class Texts(serializers.ListField):
    """A list of JSON strings."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Text(), **options)


@extend_schema_field(OpenApiTypes.STR)
class Reference(serializers.Field):
    """Another object by its id, if whoever asks may know of it."""

    default_error_messages = {"unknown": "There is no such {kind}.", "invalid": "Must be an id."}

    def __init__(self, rows: QuerySet, **options: Any) -> None:
        self.rows = rows
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not is_storable(data):
            self.fail("invalid")
        found = visible(self.rows.all(), self.context["principal"]).filter(pk=data).first()
        if found is None:
            self.fail("unknown", kind=self.rows.model._meta.verbose_name)
        return found

    def to_representation(self, value: Any) -> str:
        return str(value.pk)

    def use_pk_only_optimization(self) -> bool:
        return True
