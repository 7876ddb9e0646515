"""How a provider's health is shown."""

from rest_framework import serializers

from controlplane.api.fields import Moment
from controlplane.catalog.deployment_health import CircuitState
from controlplane.catalog.health import FRESH_SECONDS, HealthState


class DeploymentNowSerializer(serializers.Serializer):
    """One model with one of the provider's credentials, over all processes that called it."""

    model = serializers.CharField()
    credential_index = serializers.IntegerField(help_text="Its place in the list, from 0.")
    state = serializers.ChoiceField(
        choices=CircuitState.choices, help_text="The worst that any process sees."
    )
    since = Moment()
    last_error_code = serializers.CharField(allow_null=True)
    last_error_at = Moment(allow_null=True)
    attempts = serializers.IntegerField(help_text="Of late.")
    failures = serializers.IntegerField(help_text="How many of these attempts failed.")
    p50_ms = serializers.FloatField(allow_null=True, help_text="Median time to an answer.")
    processes = serializers.IntegerField(help_text="How many data-plane processes say so.")


class ProviderHealthSerializer(serializers.Serializer):
    state = serializers.ChoiceField(
        choices=[state.value for state in HealthState],
        help_text=f"`unknown` if nobody called it in the last {FRESH_SECONDS} seconds.",
    )
    deployments = DeploymentNowSerializer(many=True)
