"""How deployments fare, as each data-plane process has seen it. Counters, apart from what people
configured: nothing here is announced, and only the data plane writes it."""

from django.db import models
from django.db.models import Q

from controlplane.read_only import ReadOnlyModel


class CircuitState(models.TextChoices):
    """Whether a process calls a deployment: yes; no; one call to see if it is back."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class DeploymentHealth(ReadOnlyModel):
    """One deployment with one credential, in the eyes of one process.

    Its ids are plain text: a process reports what it called, also when that has just been deleted.
    A row that was not reported again for a while says nothing of today.
    """

    CUSTOMER_PATHS = ()

    pk = models.CompositePrimaryKey("process_id", "provider_id", "model", "credential_index")
    process_id = models.CharField(max_length=32)
    provider_id = models.CharField(max_length=100)
    model = models.CharField(max_length=300, help_text="Without its provider, as in usage records.")
    credential_index = models.PositiveSmallIntegerField(
        help_text="Its place in the provider's list of credentials, from 0."
    )
    state = models.CharField(max_length=9, choices=CircuitState.choices)
    since = models.DateTimeField()
    last_error_code = models.CharField(max_length=64, null=True)
    last_error_at = models.DateTimeField(null=True)
    attempts = models.BigIntegerField(help_text="Of late: those that the circuit judges by.")
    failures = models.BigIntegerField(help_text="How many of these attempts failed.")
    p50_ms = models.FloatField(null=True, help_text="Their median time to an answer.")
    reported_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deployment health"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CircuitState.values), name="circuit_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(failures__gte=0, attempts__gte=models.F("failures")),
                name="failures_are_attempts",
            ),
        ]
