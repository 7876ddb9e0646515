"""`/api/v1/apply`: a whole configuration at once, as `manage.py apply` takes it from a file."""

from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from controlplane.accounts import permissions
from controlplane.accounts.permissions import Resource
from controlplane.api import idempotency
from controlplane.api.acting import name_actor
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.fields import Text
from controlplane.api.parsers import RequestTooLarge
from controlplane.api.schema import IDEMPOTENCY_HEADER, READ_REFUSALS, WRITE_REFUSALS
from controlplane.api.serializers import NoQuery
from controlplane.idempotency.services import Answered, once
from controlplane.provisioning.changes import Action
from controlplane.provisioning.forms import FORMS, SECTIONS
from controlplane.provisioning.problems import NotAllowed
from controlplane.provisioning.reading import FILE_BYTES_MAX, Format
from controlplane.provisioning.services import Options, apply_configuration

BODY = {
    "type": "object",
    "description": "Sections of objects, with the fields that their own resources have.",
    "properties": {name: {"type": "array", "items": {"type": "object"}} for name in SECTIONS},
    "additionalProperties": False,
    "minProperties": 1,
}


class Configuration(NamedTuple):
    """A body as it came: its places are told from its bytes."""

    content: bytes
    format: Format


class YamlParser(BaseParser):
    """Keeps a body, up to its size."""

    media_type = "application/yaml"
    format = Format.YAML

    def parse(
        self,
        stream: BinaryIO,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Configuration:
        content = stream.read(FILE_BYTES_MAX + 1)
        if len(content) > FILE_BYTES_MAX:
            raise RequestTooLarge(f"The body may have at most {FILE_BYTES_MAX} bytes.")
        return Configuration(content, self.format)


class OlderYamlParser(YamlParser):
    media_type = "application/x-yaml"


class TextYamlParser(YamlParser):
    media_type = "text/yaml"


class JsonParser(YamlParser):
    media_type = "application/json"
    format = Format.JSON


class MayApply(BasePermission):
    """Whoever may change anything; what they change is looked at when it is known."""

    message = "Your role may not do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = permissions.principal_of(request.user)
        return any(permissions.may_write(principal, form.resource) for form in FORMS)


class ApplyQuery(NoQuery):
    dry_run = serializers.BooleanField(default=False, help_text="Say what would be changed.")
    prune = serializers.BooleanField(
        default=False,
        help_text="Remove what is left out, in the file's sections and of its customers.",
    )


class PlannedChangeSerializer(serializers.Serializer):
    """What becomes of one object. `fields` says of each `{old, new}`, of a new object `{new}`."""

    action = serializers.ChoiceField(choices=[action.value for action in Action])
    resource = serializers.ChoiceField(choices=[form.resource.value for form in FORMS])
    id = Text(allow_null=True, help_text="Null for what will be given one.")
    about = Text(allow_blank=True, help_text="Whose budget, which price.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.DictField(child=serializers.JSONField(allow_null=True))
    )
    notes = serializers.ListField(child=Text())


class CountsSerializer(serializers.Serializer):
    create = serializers.IntegerField()  # type: ignore[assignment]
    update = serializers.IntegerField()  # type: ignore[assignment]
    remove = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class NewSecretSerializer(serializers.Serializer):
    resource = serializers.ChoiceField(
        choices=[Resource.VIRTUAL_KEYS.value, Resource.NOTICE_CHANNELS.value]
    )
    id = Text(help_text="Of the virtual key, or of the webhook that it signs for.")
    secret = Text(help_text="Shown in this answer and never again.")


class AppliedSerializer(serializers.Serializer):
    dry_run = serializers.BooleanField()
    changes = PlannedChangeSerializer(many=True)
    kept = serializers.ListField(child=Text(), help_text="What pruning left, and why.")
    counts = CountsSerializer()
    secrets = NewSecretSerializer(many=True)


class ApplyView(APIView):
    """Creates and changes what the body describes: all of it, or nothing."""

    parser_classes = [YamlParser, OlderYamlParser, TextYamlParser, JsonParser]
    permission_classes = [MayApply]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        name_actor(request)

    @extend_schema(
        operation_id="apply",
        tags=["apply"],
        summary="Apply a configuration",
        parameters=[ApplyQuery, IDEMPOTENCY_HEADER],
        request={"application/yaml": OpenApiTypes.STR, "application/json": BODY},
        responses={
            200: AppliedSerializer,
            **dict.fromkeys((*READ_REFUSALS, *WRITE_REFUSALS), ErrorEnvelopeSerializer),
        },
    )
    def post(self, request: Request) -> Response:
        """The sections `customers`, `teams`, `virtual_keys`, `budgets`, `providers`, `models`,
        `prices`, `metadata_rules`, `notice_channels` and `alert_rules`, each a list. Applied
        twice, the second time changes nothing."""
        query = ApplyQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        options = Options(**query.validated_data)
        key = idempotency.key_of(request)
        if key is None:
            return Response(self._apply(request, options))
        what = f"POST {request.get_full_path()}\n".encode() + self._body(request).content
        answered = once(
            who=self._principal(request).label,
            key=key,
            request=what,
            act=lambda: Answered(200, self._apply(request, options)),
        )
        headers = {idempotency.REPLAYED: "true"} if answered.is_replayed else {}
        return Response(answered.body, headers=headers)

    def _apply(self, request: Request, options: Options) -> dict[str, Any]:
        configuration = self._body(request)
        principal = self._principal(request)
        try:
            applied = apply_configuration(
                configuration.content, configuration.format, principal, options
            )
        except NotAllowed as error:
            raise exceptions.PermissionDenied(error.message) from error
        return applied.as_json()

    def _body(self, request: Request) -> Configuration:
        """A body of no bytes is read by no parser."""
        data: Any = request.data
        return data if isinstance(data, Configuration) else Configuration(b"", Format.YAML)

    def _principal(self, request: Request) -> permissions.Principal:
        principal = permissions.principal_of(request.user)
        assert principal is not None, "permissions let nobody through who is nobody"
        return principal
