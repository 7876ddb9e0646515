"""How deployments fare, which data-plane processes report; and the bounds of an alias's weight."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

# Every process rewrites its rows every few seconds: room in their pages keeps that off the index.
ROOM_FOR_UPDATES = "ALTER TABLE catalog_deploymenthealth SET (fillfactor = 50)"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_listing_max_output_tokens")]
    operations = [
        migrations.AlterField(
            "modelalias",
            "weight",
            models.PositiveIntegerField(
                default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
            ),
        ),
        migrations.CreateModel(
            "DeploymentHealth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "process_id",
                        "provider_id",
                        "model",
                        "credential_index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("process_id", models.CharField(max_length=32)),
                ("provider_id", models.CharField(max_length=100)),
                (
                    "model",
                    models.CharField(
                        max_length=300, help_text="Without its provider, as in usage records."
                    ),
                ),
                (
                    "credential_index",
                    models.PositiveSmallIntegerField(
                        help_text="Its place in the provider's list of credentials, from 0."
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        max_length=9,
                        choices=[
                            ("closed", "Closed"),
                            ("open", "Open"),
                            ("half_open", "Half Open"),
                        ],
                    ),
                ),
                ("since", models.DateTimeField()),
                ("last_error_code", models.CharField(max_length=64, null=True)),
                ("last_error_at", models.DateTimeField(null=True)),
                (
                    "attempts",
                    models.BigIntegerField(help_text="Of late: those that the circuit judges by."),
                ),
                (
                    "failures",
                    models.BigIntegerField(help_text="How many of these attempts failed."),
                ),
                (
                    "p50_ms",
                    models.FloatField(null=True, help_text="Their median time to an answer."),
                ),
                ("reported_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "deployment health",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(state__in=["closed", "open", "half_open"]),
                        name="circuit_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(failures__gte=0, attempts__gte=models.F("failures")),
                        name="failures_are_attempts",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ROOM_FOR_UPDATES, migrations.RunSQL.noop),
    ]
