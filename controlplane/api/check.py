"""`POST /api/v1/check`: would this request pass, what would it reserve, what would cost less?"""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from controlplane.accounts import permissions
from controlplane.accounts.permissions import Resource
from controlplane.api.check_answer import VerdictSerializer
from controlplane.api.check_seen import as_seen_by
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.fields import Slug, Text, Whole
from controlplane.api.serializers import NoQuery, StrictSerializer
from controlplane.keys import checking
from controlplane.keys.models import VirtualKey
from dataplane.contract.endpoints import CHAT_COMPLETIONS, PATHS

INPUT_TOKENS_MAX = 2_000_000
OUTPUT_TOKENS_MAX = 1_000_000_000
MODEL_LENGTH_MAX = 300
SIZE = ("model", "input_tokens", "max_output_tokens")
ONE_OF_TWO = "Give either 'request', or 'model' and how many tokens."


class CheckSerializer(StrictSerializer):
    """Either a whole request, or the size of one."""

    virtual_key = Slug()
    endpoint = serializers.ChoiceField(choices=PATHS, default=CHAT_COMPLETIONS)
    request = serializers.DictField(required=False, help_text="The body a client would send.")
    model = Text(required=False, max_length=MODEL_LENGTH_MAX)
    input_tokens = Whole(
        required=False,
        min_value=0,
        max_value=INPUT_TOKENS_MAX,
        help_text="Of plain text, at four bytes each.",
    )
    max_output_tokens = Whole(
        required=False, allow_null=True, min_value=1, max_value=OUTPUT_TOKENS_MAX
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "request" not in asked:
            if "model" not in asked:
                raise serializers.ValidationError({"request": [ONE_OF_TWO]})
        elif both := [name for name in SIZE if name in asked]:
            raise serializers.ValidationError({name: [ONE_OF_TWO] for name in both})
        return asked


class MayCheck(BasePermission):
    """Whoever may read keys: nothing is changed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = permissions.principal_of(request.user)
        return permissions.may_read(principal, Resource.VIRTUAL_KEYS)


class CheckView(APIView):
    """A dry run of one request of a key."""

    permission_classes = [MayCheck]

    @extend_schema(
        operation_id="check",
        tags=["virtual-keys"],
        summary="Would this request pass?",
        request=CheckSerializer,
        responses={
            200: VerdictSerializer,
            **dict.fromkeys((400, 401, 403, 404, 409, 413, 415), ErrorEnvelopeSerializer),
        },
    )
    def post(self, request: Request) -> Response:
        """Judged by the data plane's own code. Reserves nothing, calls nobody, books nothing."""
        NoQuery(data=request.query_params).is_valid(raise_exception=True)
        serializer = CheckSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data
        verdict = _ask(self._key(request, asked.pop("virtual_key")), asked)
        verdict = as_seen_by(permissions.principal_of(request.user), verdict)
        shown = {**asdict(verdict), "message": verdict.sentence}
        return Response(VerdictSerializer(shown).data)

    def _key(self, request: Request, key_id: str) -> VirtualKey:
        principal = permissions.principal_of(request.user)
        keys = permissions.visible(VirtualKey.objects.all(), principal)
        if (key := keys.filter(pk=key_id).first()) is None:
            raise NotFound("There is no such virtual key.")
        return key


def _ask(key: VirtualKey, asked: dict[str, Any]) -> checking.Verdict:
    if "request" in asked:
        return checking.check_request(key, asked["request"], endpoint=asked["endpoint"])
    return checking.check_size(key, **{"input_tokens": 0, **asked})
