"""Input is read strictly: an unknown field is refused, and what is fixed may only be repeated."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from controlplane.api.fields import Metadata, Moment, Slug, Text
from controlplane.api.pagination import CURSOR_LENGTH_MAX, LIMIT_DEFAULT, LIMIT_MAX


class StrictSerializer(serializers.Serializer):
    """Names in `fixed` are set at creation. A read-only field may be sent back unchanged."""

    fixed: tuple[str, ...] = ()
    unknown = "Unknown field."
    moving: frozenset[str] = frozenset()
    """Read-only names whose values change by themselves: a change may send an older one back."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if self.instance is not None and self.parent is None:
            for name in self.fixed:
                fields[name].read_only = True
                fields[name].required = False
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        self._refuse_unknown(data)
        self._refuse_changes_of_the_fixed(data)
        return super().to_internal_value(self._with_groups(data))

    def _refuse_unknown(self, data: Mapping[str, Any]) -> None:
        if unknown := [name for name in data if name not in self.fields]:
            raise ValidationError({str(name): [self.unknown] for name in unknown})

    def _refuse_changes_of_the_fixed(self, data: Mapping[str, Any]) -> None:
        passed_over = self.moving if self.instance is not None else frozenset()
        sent = [name for name in data if self.fields[name].read_only and name not in passed_over]
        if not sent:
            return
        shown = {} if self.instance is None else self.to_representation(self.instance)
        if wrong := [name for name in sent if name not in shown or data[name] != shown[name]]:
            raise ValidationError({name: ["This field cannot be set."] for name in wrong})

    def _with_groups(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """A whole write resets the groups of fields it leaves out, as it does single fields."""
        groups: dict[str, Any] = {
            name: {}
            for name, field in self.fields.items()
            if isinstance(field, StrictSerializer) and field.source == "*"
        }
        return {**groups, **data} if groups and not self.root.partial else data


class DescribedSerializer(StrictSerializer):
    """What every configured object has beside its own fields."""

    id = Slug(required=False, help_text="Made up if it is not given. It never changes.")
    name = Text(max_length=200, allow_blank=True, default="")
    metadata = Metadata(default=dict, help_text="A flat JSON object of your own facts.")
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        last = {name: fields.pop(name) for name in ("metadata", "created_at", "updated_at")}
        first = {name: fields.pop(name) for name in ("id", "name")}
        return {**first, **fields, **last}


class NoQuery(StrictSerializer):
    """An operation without query parameters."""

    unknown = "Unknown parameter."

    def to_internal_value(self, data: Any) -> Any:
        """As in a form, an empty value would mean that nothing was asked."""
        if not isinstance(data, Mapping):  # the body of an action that takes none
            return super().to_internal_value(data)
        if empty := [name for name in data if data[name] == "" and name in self.fields]:
            raise ValidationError({name: ["Must not be empty."] for name in empty})
        return super().to_internal_value(data)


class ListQuery(NoQuery):
    """The parameters of every list. `orders` are the columns that it can be ordered by."""

    orders: tuple[str, ...] = ("id",)
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT_MAX, default=LIMIT_DEFAULT)
    cursor = Text(required=False, max_length=CURSOR_LENGTH_MAX)

    def get_fields(self) -> dict[str, serializers.Field]:
        choices = [f"{sign}{name}" for name in self.orders for sign in ("", "-")]
        order = serializers.ChoiceField(
            choices=choices, required=False, help_text="A minus means the last first."
        )
        return {**super().get_fields(), "order": order}


class DescribedQuery(ListQuery):
    """The parameters of a list of configured objects."""

    orders = ("id", "name", "created_at", "updated_at")


class AnyOf(serializers.ListField):
    """A filter that may be repeated: rows that match any of its values."""

    def __init__(self, column: str, **options: Any) -> None:
        options.setdefault("child", Text())
        super().__init__(source=f"{column}__in", required=False, max_length=100, **options)


class IsTrue(serializers.BooleanField):
    """A filter by a flag: `true` or `false`."""

    default_empty_html = serializers.empty  # an HTML form would mean false by leaving it out

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)
