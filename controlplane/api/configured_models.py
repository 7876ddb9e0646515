"""`/api/v1/models`: what can be asked for, and what it means upstream. Ids contain slashes."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Flag, Reference, Text, Whole
from controlplane.api.resources import NAME_IN_PATH, ResourceView
from controlplane.api.serializers import (
    AnyOf,
    DescribedSerializer,
    IsTrue,
    ListQuery,
    StrictSerializer,
)
from controlplane.catalog import services
from controlplane.catalog.models import (
    MODEL_NAME_LENGTH_MAX,
    WEIGHT_MAX,
    Model,
    ModelAlias,
    Provider,
)

OUTPUT_TOKENS_MAX = 2**31 - 1


class WeightedAliasSerializer(StrictSerializer):
    """Of models that share a name, one with weight 3 is meant three times as often as with 1."""

    name = Text(max_length=MODEL_NAME_LENGTH_MAX)
    weight = Whole(min_value=1, max_value=WEIGHT_MAX, default=1)


class AliasField(serializers.Field):
    """A name; with its weight, an object. Weight 1 goes without saying."""

    def to_internal_value(self, data: Any) -> str | tuple[str, int]:
        if not isinstance(data, Mapping):
            return Text().to_internal_value(data)
        serializer = WeightedAliasSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data["name"], serializer.validated_data["weight"]

    def to_representation(self, row: ModelAlias) -> Any:
        return row.alias if row.weight == 1 else {"name": row.alias, "weight": row.weight}


class AliasSchema(OpenApiSerializerFieldExtension):
    target_class = AliasField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        weighted = auto_schema.resolve_serializer(WeightedAliasSerializer, direction)
        return {"oneOf": [{"type": "string"}, weighted.ref]}


class Aliases(serializers.ListField):
    child = AliasField()

    def get_attribute(self, model: Model) -> list[ModelAlias]:
        return list(model.alias_rows.all())


class ModelSerializer(DescribedSerializer):
    """Either `id`, or `provider` and `upstream_model`; each follows from the other."""

    fixed = ("id", "provider")
    id = Text(required=False, max_length=MODEL_NAME_LENGTH_MAX, help_text="`provider/name`")
    provider = Reference(Provider.objects.all(), required=False)
    upstream_model = Text(required=False, max_length=2048, help_text="The provider's own name.")
    aliases = Aliases(
        default=list,
        help_text="Other names services may ask for, each a text, or `{name, weight}`.",
    )
    max_output_tokens = Whole(
        min_value=1, max_value=OUTPUT_TOKENS_MAX, allow_null=True, default=None
    )
    is_active = Flag(default=True)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        return fields if self.instance is not None else self._completed(fields)

    def _completed(self, fields: dict[str, Any]) -> dict[str, Any]:
        """What was left out follows from the id, `provider/name`."""
        provider_id, _, name = fields.get("id", "").partition("/")
        fields = {"upstream_model": name, **fields}
        if not fields["upstream_model"] or not (provider_id or "provider" in fields):
            message = "Name the model: 'id' as provider/name, or 'provider' and 'upstream_model'."
            raise ValidationError({"id": [message]})
        if "provider" not in fields:
            fields["provider"] = Provider.objects.filter(pk=provider_id).first()
            if fields["provider"] is None:
                raise ValidationError({"provider": [f"There is no provider '{provider_id}'."]})
        return fields


class ModelQuery(ListQuery):
    provider = AnyOf("provider_id")
    alias = AnyOf("alias_rows__alias")
    is_active = IsTrue()


class ModelView(ResourceView):
    """What `provider/name` means upstream."""

    resource = Resource.MODELS
    queryset = Model.objects.prefetch_related("alias_rows")
    serializer_class = ModelSerializer
    query_serializer = ModelQuery
    lookup_value_regex = NAME_IN_PATH

    def add(self, fields: dict[str, Any]) -> Model:
        return services.create_model(**fields)

    def change(self, row: Model, changes: dict[str, Any]) -> Model:
        return services.update_model(row, **changes)

    def remove(self, row: Model) -> None:
        services.delete_model(row)
