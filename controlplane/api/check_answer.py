"""What `POST /api/v1/check` answers."""

from rest_framework import serializers

from controlplane.api.fields import Moment, Number, Text, Usd
from controlplane.budgets.models import Enforcement, OwnerType


class RefusalSerializer(serializers.Serializer):
    """What a call would get instead of an answer."""

    status = serializers.IntegerField()
    type = Text()
    code = Text()
    message = Text()
    param = Text(allow_null=True)
    facts = serializers.DictField(help_text="What else the error says, as `budget`.")
    headers = serializers.DictField(child=Text(), help_text="As `retry-after`.")


class CandidateSerializer(serializers.Serializer):
    """A deployment, in the order of the attempts."""

    id = Text()
    provider = Text()
    model = Text()
    credential_index = serializers.IntegerField()
    is_fallback = serializers.BooleanField()
    worst_case_usd = Text(allow_null=True, help_text="Null where it has no price or is not asked.")
    output_tokens_fitted = serializers.IntegerField(
        allow_null=True, help_text="The limit that its output is lowered to."
    )
    skipped = Text(allow_null=True, help_text="Why it would be passed over; null if it would not.")
    message = Text(allow_null=True)


class BudgetLeftSerializer(serializers.Serializer):
    """A budget of the key's path, in its window of now."""

    id = Text()
    owner_type = serializers.ChoiceField(choices=OwnerType.choices)
    owner = Text()
    window = Text()
    enforcement = serializers.ChoiceField(choices=Enforcement.choices)
    limit_usd = Usd()
    spent_usd = Usd()
    reserved_usd = Usd(help_text="For calls in flight, and held ready by the gateway.")
    remaining_usd = Usd()
    window_start = Moment()
    window_end = Moment(allow_null=True)


class RateLeftSerializer(serializers.Serializer):
    limit = serializers.IntegerField()
    remaining = serializers.IntegerField(help_text="Without what processes hold ready.")


class RatesLeftSerializer(serializers.Serializer):
    """Null for what is not limited."""

    requests_per_minute = RateLeftSerializer(allow_null=True)
    tokens_per_minute = RateLeftSerializer(allow_null=True)
    max_parallel_requests = RateLeftSerializer(allow_null=True)


class CheaperSerializer(serializers.Serializer):
    """Another model that the key may call, and that could serve the request."""

    model = Text()
    worst_case_usd = Text()
    factor = Number(help_text="How many times less it would cost at most.")


class VerdictSerializer(serializers.Serializer):
    """A request that would be refused is a 200, too: `passes` says it."""

    passes = serializers.BooleanField()
    is_certain = serializers.BooleanField(
        help_text="False where it hangs on money that is reserved now, or on a paused provider."
    )
    message = Text(help_text="For people.")
    refusal = RefusalSerializer(allow_null=True)
    reserves_usd = Usd(allow_null=True, help_text="The worst case of the first attempt.")
    deployments = CandidateSerializer(many=True)
    budgets = BudgetLeftSerializer(many=True)
    binding_budget = BudgetLeftSerializer(
        allow_null=True, help_text="The hard budget with the least left."
    )
    rate_limits = RatesLeftSerializer()
    cheaper = CheaperSerializer(
        many=True, help_text="At most five, up to three of them at the same provider."
    )
