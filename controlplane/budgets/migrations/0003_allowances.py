"""Allowances in place of reservations: a process holds a slice of a balance, not a row a call."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import controlplane.fields

# Counters change many times a second: room in their pages keeps the updates off the indexes.
ROOM_FOR_UPDATES = """
ALTER TABLE budgets_balance SET (fillfactor = 50);
ALTER TABLE budgets_allowance SET (fillfactor = 50);
ALTER TABLE budgets_process SET (fillfactor = 50);
"""
RELEASE = "UPDATE budgets_balance SET reserved_usd = 0 WHERE reserved_usd <> 0"


class Migration(migrations.Migration):
    dependencies = [("budgets", "0002_announce_changes")]

    operations = [
        migrations.DeleteModel("Reservation"),
        migrations.RunSQL(RELEASE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Process",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("host", models.CharField(max_length=255)),
                ("generation", models.IntegerField()),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={"ordering": ["id"], "verbose_name_plural": "processes"},
        ),
        migrations.CreateModel(
            name="Allowance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_usd", controlplane.fields.UsdField(decimal_places=12, max_digits=24)),
                (
                    "balance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allowances",
                        to="budgets.balance",
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allowances",
                        to="budgets.process",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["balance", "process"],
                        name="one_allowance_per_balance_and_process",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(amount_usd__gte=Decimal(0)),
                        name="allowance_not_negative",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ROOM_FOR_UPDATES, migrations.RunSQL.noop),
    ]
