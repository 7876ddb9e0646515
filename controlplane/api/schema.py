"""OpenAPI: what each operation of a resource takes and answers, its refusals included."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from controlplane.api import idempotency, versions
from controlplane.api.authentication import SCHEME, TokenAuthentication
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import StrictSerializer

READ_REFUSALS = (400, 401, 403)
WRITE_REFUSALS = (409, 413, 415)
SUMMARIES = {
    "list": "List",
    "retrieve": "Read one",
    "create": "Create",
    "update": "Replace",
    "partial_update": "Change",
    "destroy": "Delete",
    "change_all": "Change many",
    "export": "Download as a file",
    "rotate": "Make a new secret",
    "revoke": "End at once",
    "pause": "Refuse until a moment",
    "resume": "End the pause",
    "approve": "Approve",
    "decline": "Decline",
    "withdraw": "Take back",
    "act": "Act on it",
    "end": "Take back",
    "invite": "Make a new invitation",
    "reset_second_factor": "Forget the second factor",
    "end_sessions": "Sign out everywhere",
    "test": "See if it works",
    "resolve": "Close",
    "undo": "Take back",
    "adjust": "Correct",
    "pdf": "Download as a PDF",
    "reconcile": "Hold against the books again",
    "feedback": "Judge",
    "purge": "Delete all that match",
}
VERSIONED = frozenset({"update", "partial_update", "destroy"})
IF_MATCH_HEADER = OpenApiParameter(
    versions.IF_MATCH,
    location=OpenApiParameter.HEADER,
    description="The `ETag` that was read: refused with 412 if it is another by now.",
)
IDEMPOTENCY_HEADER = OpenApiParameter(
    idempotency.HEADER,
    {"type": "string", "minLength": 1, "maxLength": idempotency.KEY_LENGTH_MAX},
    location=OpenApiParameter.HEADER,
    description="Sent again with the same body within a day, the request is answered as before.",
)
GOOD_STATUS = {"create": 201, "adjust": 201, "destroy": 204}


class ResourceSchema(AutoSchema):
    """Derives an operation from the view's serializers; other views describe themselves."""

    def get_tags(self) -> list[str]:
        if isinstance(self.view, ResourceView):
            return [self.view.resource.value]
        return super().get_tags()

    def get_operation_id(self) -> str:
        if isinstance(self.view, ResourceView):
            return f"{self.view.resource.value.replace('-', '_')}_{self.view.action}"
        return super().get_operation_id()

    def get_summary(self) -> str | None:
        if isinstance(self.view, ResourceView):
            action: str = self.view.action
            return SUMMARIES.get(action, action.replace("_", " ").capitalize())
        return super().get_summary()

    def get_override_parameters(self) -> list[Any]:
        if isinstance(self.view, ResourceView) and self.view.action == "list":
            return [self.view.query_serializer]
        if isinstance(self.view, ResourceView) and self.view.action in VERSIONED:
            return [IF_MATCH_HEADER]
        if isinstance(self.view, ResourceView) and self.method == "POST":
            return [IDEMPOTENCY_HEADER]
        return super().get_override_parameters()

    def get_request_serializer(self) -> Any:
        if isinstance(self.view, ResourceView):
            return self.view.requests.get(self.view.action, self.view.serializer_class)
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        if not isinstance(self.view, ResourceView):
            return super().get_response_serializers()
        action = self.view.action
        answer = self.view.answers.get(action, self.view.serializer_class)
        good = {GOOD_STATUS.get(action, 200): None if action == "destroy" else answer}
        return {**good, **dict.fromkeys(self._refusals(), ErrorEnvelopeSerializer)}

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        """An unknown field is refused, and the description says so."""
        described = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, StrictSerializer):
            described["additionalProperties"] = False
        return described

    def _refusals(self) -> tuple[int, ...]:
        missing = () if self.view.action in ("list", "create") else (404,)
        writes = () if self.method == "GET" else WRITE_REFUSALS
        outdated = (412,) if self.view.action in VERSIONED else ()
        return (*READ_REFUSALS, *missing, *writes, *outdated)


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "apiToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": SCHEME, "description": "An API token: `pur_…`"}
