"""`/api/v1/virtual-keys/batch`: many keys made or changed at once, all of them or none."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import ListQuery, StrictSerializer
from controlplane.api.virtual_keys import IssuedVirtualKeySerializer, VirtualKeySerializer
from controlplane.errors import DomainError
from controlplane.keys import services
from controlplane.keys.models import VirtualKey
from controlplane.validators import is_storable

BATCH_MAX = 1000
FIELD = "virtual_keys"
REFUSALS = dict.fromkeys((400, 401, 403, 409, 413, 415), ErrorEnvelopeSerializer)

Item = TypeVar("Item")


class NewVirtualKeysSerializer(StrictSerializer):
    virtual_keys = VirtualKeySerializer(many=True, min_length=1, max_length=BATCH_MAX)


class IssuedVirtualKeysSerializer(serializers.Serializer):
    results = IssuedVirtualKeySerializer(many=True)


class VirtualKeysSerializer(serializers.Serializer):
    results = VirtualKeySerializer(many=True)


class ItemsSerializer(StrictSerializer):
    """What is read of a batch at first; then each item by itself, so that its errors name it."""

    virtual_keys = serializers.ListField(
        child=serializers.DictField(),
        min_length=1,
        max_length=BATCH_MAX,
        help_text="To change keys: each with its `id`, and the fields to change.",
    )


class VirtualKeyBatchView(ResourceView):
    """Many virtual keys at once, all of them or none."""

    resource = Resource.VIRTUAL_KEYS
    queryset = VirtualKey.objects.prefetch_related("secrets")
    serializer_class = VirtualKeySerializer
    query_serializer = ListQuery
    requests = {"create": ItemsSerializer, "change_all": ItemsSerializer}

    @extend_schema(
        operation_id="virtual_keys_batch_create",
        request=NewVirtualKeysSerializer,
        responses={201: IssuedVirtualKeysSerializer, **REFUSALS},
    )
    def create(self, request: Request) -> Response:
        """Makes keys; their secrets are in this answer and never again."""
        wanted = self._read_items([(None, fields) for fields in self.read(request)[FIELD]])
        issued = _each(wanted, lambda fields: services.issue_key(**fields))
        shown = self._shown_in_order([each.key.pk for each in issued])
        results = [{**key, "secret": each.secret} for key, each in zip(shown, issued, strict=True)]
        return Response({"results": results}, status=201)

    @extend_schema(
        operation_id="virtual_keys_batch_update",
        request=ItemsSerializer,
        responses={200: VirtualKeysSerializer, **REFUSALS},
    )
    def change_all(self, request: Request) -> Response:
        """Changes keys, each by its own fields."""
        wanted = self.read(request)[FIELD]
        rows = self._rows(wanted)
        changes = self._read_items(list(zip(rows, wanted, strict=True)))
        _each(
            zip(rows, changes, strict=True),
            lambda pair: services.update_key(pair[0], **pair[1]),
        )
        return Response({"results": self._shown_in_order([row.pk for row in rows])})

    def _rows(self, wanted: Sequence[dict[str, Any]]) -> list[VirtualKey]:
        """The keys that are named. Raises `ValidationError` for one that is not there, or twice."""
        ids = [id if _is_id(id := each.get("id")) else "" for each in wanted]
        found = self.get_queryset().in_bulk(ids)
        errors = {
            place: {"id": ["There is no such virtual key."]}
            for place, id in enumerate(ids)
            if id not in found
        }
        for place, id in enumerate(ids):
            if id in found and id in ids[:place]:
                errors[place] = {"id": ["It is named twice."]}
        _refuse(errors)
        return [found[id] for id in ids]

    def _read_items(
        self, items: Sequence[tuple[VirtualKey | None, dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        """The fields of each, as services take them: of a new key, or of what changes of one."""
        read = [
            self.serializer_class(
                row,
                data=fields,
                partial=row is not None,
                context=self._context([] if row is None else [row]),
            )
            for row, fields in items
        ]
        _refuse({place: each.errors for place, each in enumerate(read) if not each.is_valid()})
        return [each.validated_data for each in read]

    def _shown_in_order(self, ids: Sequence[str]) -> Any:
        stored = self.get_queryset().in_bulk(list(ids))
        return self.shown([stored[id] for id in ids])


def _refuse(errors: dict[int, Any]) -> None:
    if errors:
        raise ValidationError({FIELD: {str(place): error for place, error in errors.items()}})


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and is_storable(value)


def _each(items: Iterable[Item], act: Callable[[Item], Any]) -> list[Any]:
    """What each came to. A refusal names which one it was."""
    done = []
    for place, item in enumerate(items):
        try:
            done.append(act(item))
        except DomainError as error:
            raise type(error)(
                error.code,
                f"{FIELD}.{place}.{error.message}",
                {FIELD: {str(place): error.fields}},
            ) from error
    return done
