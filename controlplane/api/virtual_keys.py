"""`/api/v1/virtual-keys`: what services send, and what they may do with it."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Flag, Moment, Ratio, Reference, Slug, Text, Texts, Whole
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import (
    AnyOf,
    DescribedQuery,
    DescribedSerializer,
    IsTrue,
    NoQuery,
    StrictSerializer,
)
from controlplane.keys import checking, services
from controlplane.keys.models import (
    REASON_LENGTH_MAX,
    CacheMode,
    RetryStorm,
    StreamFailure,
    VirtualKey,
)
from controlplane.keys.services import GRACE_SECONDS_MAX
from dataplane.contract.virtual_keys import SECRET_LENGTH_MAX, SECRET_LENGTH_MIN

INTEGER_MAX = 2**31 - 1
BIG_INTEGER_MAX = 2**63 - 1


class RateLimitSerializer(StrictSerializer):
    """Ceilings of a key; null means none."""

    requests_per_minute = Whole(min_value=1, max_value=INTEGER_MAX, allow_null=True, default=None)
    tokens_per_minute = Whole(min_value=1, max_value=BIG_INTEGER_MAX, allow_null=True, default=None)
    max_parallel_requests = Whole(min_value=1, max_value=INTEGER_MAX, allow_null=True, default=None)


class FallbackSerializer(StrictSerializer):
    """Where to go when the model asked for fails."""

    provider = Slug()
    model = Text(max_length=300)


class CacheSerializer(StrictSerializer):
    """Whether answers are reused, and how alike questions must be."""

    mode = serializers.ChoiceField(
        choices=CacheMode.choices, source="cache_mode", default=CacheMode.OFF.value
    )
    threshold = Ratio(source="cache_threshold", allow_null=True, default=None)
    ttl_seconds = Whole(
        source="cache_ttl_seconds",
        min_value=1,
        max_value=INTEGER_MAX,
        allow_null=True,
        default=None,
    )
    namespace = Text(source="cache_namespace", max_length=200, allow_blank=True, default="")
    target_error = Ratio(
        source="cache_target_error",
        allow_null=True,
        default=None,
        help_text="How many of the hits by similarity may be wrong, from 0.001 to 0.5; null: 0.05.",
    )
    endpoints = Texts(
        source="cache_endpoints",
        default=list,
        help_text="Paths below `/v1/`; an empty list means all. On others, a request asks for it.",
    )
    embedder = Text(
        source="cache_embedder",
        max_length=300,
        allow_blank=True,
        default="",
        help_text="An embedding model as `provider/model`; empty: the local one.",
    )
    judge = Text(
        source="cache_judge",
        max_length=300,
        allow_blank=True,
        default="",
        help_text="A model that compares answers, as `provider/model`; empty: none.",
    )
    conversations = Flag(
        source="cache_conversations",
        default=False,
        help_text="By similarity also where tools or earlier turns belong to the request.",
    )
    mb_max = Whole(
        source="cache_mb_max",
        min_value=1,
        max_value=INTEGER_MAX,
        allow_null=True,
        default=None,
        help_text="How much of it is kept; what was used least recently goes first.",
    )


class VirtualKeySerializer(DescribedSerializer):
    fixed = ("id", "customer", "secret")
    customer = Reference(Customer.objects.all(), help_text="It never changes.")
    team = Reference(Team.objects.all(), allow_null=True, default=None)
    is_active = Flag(default=True)
    expires_at = Moment(allow_null=True, default=None)
    allowed_providers = Texts(default=list, help_text="Ids; an empty list allows all.")
    allowed_models = Texts(
        default=list, help_text="`provider/model`, alias or name; `*` at the end is a prefix."
    )
    denied_models = Texts(default=list)
    rate_limit = RateLimitSerializer(source="*", required=False)
    fallbacks = FallbackSerializer(many=True, default=list)
    stream_failure = serializers.ChoiceField(
        choices=StreamFailure.choices,
        default=StreamFailure.ERROR.value,
        help_text="What becomes of a stream that breaks off after its first content.",
    )
    retry_storm = serializers.ChoiceField(
        choices=RetryStorm.choices,
        default=RetryStorm.PASS.value,
        help_text="What becomes of a request that is sent, or refused, over and over.",
    )
    paused_until = Moment(read_only=True, allow_null=True, help_text="Until then it is refused.")
    cache = CacheSerializer(source="*", required=False)
    store_content = Flag(default=False)
    secret = Text(
        write_only=True,
        required=False,
        min_length=SECRET_LENGTH_MIN,
        max_length=SECRET_LENGTH_MAX,
        help_text="An existing secret to take over; made up if it is not given.",
    )
    secret_hint = serializers.SerializerMethodField(help_text="The secret's last characters.")

    def validate_team(self, team: Team | None) -> Team | None:
        if self.context["principal"].team_id not in (None, team and team.pk):
            raise serializers.ValidationError("Must be your own team.")
        return team

    def get_secret_hint(self, key: VirtualKey) -> str | None:
        newest = next(iter(key.secrets.all()), None)
        return newest.hint if newest else None


class IssuedVirtualKeySerializer(VirtualKeySerializer):
    secret = Text(read_only=True, help_text="Shown in this answer and never again.")


class RotationSerializer(StrictSerializer):
    grace_seconds = Whole(
        min_value=0,
        max_value=GRACE_SECONDS_MAX,
        default=0,
        help_text="How much longer the secrets before this one work.",
    )


class PauseSerializer(StrictSerializer):
    until = Moment(help_text="It comes back then, by itself.")
    reason = Text(max_length=REASON_LENGTH_MAX, help_text="Kept in the audit log.")


class VirtualKeyQuery(DescribedQuery):
    customer = AnyOf("customer_id")
    team = AnyOf("team_id")
    is_active = IsTrue()


class VirtualKeyView(ResourceView):
    """What a service sends, and what it may do with it."""

    resource = Resource.VIRTUAL_KEYS
    queryset = VirtualKey.objects.prefetch_related("secrets")
    serializer_class = VirtualKeySerializer
    query_serializer = VirtualKeyQuery
    requests = {
        "rotate": RotationSerializer,
        "revoke": NoQuery,
        "pause": PauseSerializer,
        "resume": NoQuery,
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        checking.start_ahead()  # whoever looks at keys may ask next what a request of one would do

    answers = {"create": IssuedVirtualKeySerializer, "rotate": IssuedVirtualKeySerializer}

    def create(self, request: Request) -> Response:
        key, secret = services.issue_key(**self.read(request))
        return self.answer(key, status=201, secret=secret)

    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, id: str) -> Response:
        """A new secret; those before it work for `grace_seconds` more."""
        key, secret = services.rotate_key(self.get_object(), **self.read(request))
        return self.answer(key, secret=secret)

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: str) -> Response:
        """Ends every secret of the key at once, and deactivates it."""
        key = self.get_object()
        self.read(request)
        return self.answer(services.revoke_key(key))

    @action(detail=True, methods=["post"])
    def pause(self, request: Request, id: str) -> Response:
        """Refuses every request of the key until a moment, or until it is resumed."""
        key = self.get_object()
        return self.answer(services.pause_key(key, **self.read(request)))

    @action(detail=True, methods=["post"])
    def resume(self, request: Request, id: str) -> Response:
        """Ends a pause before its time."""
        key = self.get_object()
        self.read(request)
        return self.answer(services.resume_key(key))

    def change(self, row: VirtualKey, changes: dict[str, Any]) -> VirtualKey:
        return services.update_key(row, **changes)

    def remove(self, row: VirtualKey) -> None:
        services.delete_key(row)
