"""`/api/v1/what-if`: what a past period would have cost otherwise, and what would be refused."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.prices import COLUMNS
from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Moment, Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import ListQuery, StrictSerializer
from controlplane.audit.doors import name_of
from controlplane.what_if import services
from controlplane.what_if.models import State, WhatIf
from controlplane.what_if.questions import MANY, OWNERS
from controlplane.what_if.sentences import sentences

ID_MAX = 300


class AskedPriceSerializer(StrictSerializer):
    """A kind of token without a rate is billed as what it is a part of."""

    model = Text(max_length=ID_MAX)

    def get_fields(self) -> dict[str, serializers.Field]:
        rates = {column: Usd(required=False) for column in COLUMNS.values()}
        return {**super().get_fields(), **rates}


class SwapSerializer(StrictSerializer):
    to = Text(max_length=ID_MAX, help_text="The model that is called instead.")

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": Text(max_length=ID_MAX), **super().get_fields()}


class AskedBudgetSerializer(StrictSerializer):
    """Either a budget that is there, with another limit, or one that is not."""

    budget = Text(required=False, max_length=ID_MAX)
    owner_type = serializers.ChoiceField(choices=list(OWNERS), required=False)
    owner = Text(required=False, max_length=ID_MAX)
    limit_usd = Usd()
    window = Text(required=False, max_length=16, help_text="Such as month or 30d.")
    timezone = Text(required=False, max_length=64)


class AskedCacheSerializer(StrictSerializer):
    mode = serializers.ChoiceField(choices=["off", "semantic"])
    threshold = Text(required=False, max_length=20, help_text='Such as "0.95".')


class QuestionSerializer(StrictSerializer):
    """What is to be otherwise, of which period and whose."""

    period = Text(required=False, max_length=20, help_text="last-month, 2026-10, 30d, …")
    to = Text(required=False, max_length=10, help_text="The last day, with `from`.")
    timezone = Text(required=False, max_length=64)
    prices = AskedPriceSerializer(many=True, required=False, max_length=MANY)
    prices_on = Text(required=False, max_length=10, help_text="Prices as they are on that day.")
    models = SwapSerializer(many=True, required=False, max_length=MANY)
    budgets = AskedBudgetSerializer(many=True, required=False, max_length=MANY)
    cache = AskedCacheSerializer(required=False)
    customer = serializers.ListField(child=Text(), required=False, max_length=MANY)
    team = serializers.ListField(child=Text(), required=False, max_length=MANY)
    virtual_key = serializers.ListField(child=Text(), required=False, max_length=MANY)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": Text(required=False, max_length=10), **super().get_fields()}


class WhatIfSerializer(StrictSerializer):
    id = Text(read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    question = serializers.DictField(read_only=True)
    says = serializers.SerializerMethodField(help_text="The answer in words.")
    answer = serializers.DictField(
        read_only=True, allow_null=True, help_text="Null until the state is done."
    )
    error = Text(read_only=True)
    created_at = Moment(read_only=True)
    created_by = Text(read_only=True)
    finished_at = Moment(read_only=True, allow_null=True)

    def get_says(self, row: WhatIf) -> list[str]:
        return list(sentences(row.answer)) if row.answer else []


class WhatIfQuery(ListQuery):
    orders = ("id", "created_at")


class WhatIfView(ResourceView):
    """A question about the past, and its answer."""

    resource = Resource.WHAT_IF
    queryset = WhatIf.objects.all()
    serializer_class = WhatIfSerializer
    query_serializer = WhatIfQuery
    requests = {"create": QuestionSerializer}

    def create(self, request: Request) -> Response:
        """Answers at once where the period is small; else the answer is there within minutes, and
        to be fetched."""
        asked: dict[str, Any] = self.read(request)
        principal = self.principal
        assert principal is not None, "permissions let nobody through who is nobody"
        row = services.ask(asked=_plain(asked), viewer=principal, by=name_of(request.user))
        return self.answer(row, status=201)


def _plain(value: Any) -> Any:
    """As JSON, amounts as texts."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | bool) or value is None else f"{value:f}"
