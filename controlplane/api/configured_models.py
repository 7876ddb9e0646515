"""`/api/v1/models`: what can be asked for, and what it means upstream. Ids contain slashes."""

from typing import Any

from rest_framework.exceptions import ValidationError

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Flag, Reference, Text, Texts, Whole
from controlplane.api.resources import NAME_IN_PATH, ResourceView
from controlplane.api.serializers import AnyOf, DescribedSerializer, IsTrue, ListQuery
from controlplane.catalog import services
from controlplane.catalog.models import MODEL_NAME_LENGTH_MAX, Model, Provider

OUTPUT_TOKENS_MAX = 2**31 - 1


class ModelSerializer(DescribedSerializer):
    """Either `id`, or `provider` and `upstream_model`; each follows from the other."""

    fixed = ("id", "provider")
    id = Text(required=False, max_length=MODEL_NAME_LENGTH_MAX, help_text="`provider/name`")
    provider = Reference(Provider.objects.all(), required=False)
    upstream_model = Text(required=False, max_length=2048, help_text="The provider's own name.")
    aliases = Texts(default=list, help_text="Other names services may ask for.")
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
