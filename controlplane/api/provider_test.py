"""What `POST /api/v1/providers/{id}/test` takes and answers."""

from rest_framework import serializers

from controlplane.api.fields import Text
from controlplane.api.serializers import StrictSerializer
from controlplane.catalog.models import MODEL_NAME_LENGTH_MAX


class ProviderTestSerializer(StrictSerializer):
    """Without a model, the first that is configured there is called."""

    model = Text(
        required=False,
        allow_null=True,
        max_length=MODEL_NAME_LENGTH_MAX,
        help_text="An id or a name at this provider.",
    )


class CheckSerializer(serializers.Serializer):
    """One thing that was looked at, with one of the provider's credentials."""

    name = serializers.ChoiceField(choices=["credentials", "models", "call"])
    credential_index = serializers.IntegerField(help_text="Its place in the list, from 0.")
    ok = serializers.BooleanField(
        allow_null=True, help_text="Null for what was not asked, or could not be told."
    )
    ms = serializers.FloatField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    message = serializers.CharField(help_text="For people.")


class ProviderTestReportSerializer(serializers.Serializer):
    """A provider that fails is a 200, too: `ok` says whether it works."""

    ok = serializers.BooleanField(help_text="Nothing failed, and something worked.")
    checks = CheckSerializer(many=True)
    models = serializers.ListField(
        child=serializers.CharField(), help_text="What it lists: the first 200."
    )
    model = serializers.CharField(allow_null=True, help_text="The one that was called.")
    latency_ms = serializers.FloatField(allow_null=True)
    is_booked = serializers.BooleanField(
        help_text="False: the call is on the installation's own account, and in no usage record."
    )
