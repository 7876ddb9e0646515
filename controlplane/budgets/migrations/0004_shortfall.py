"""A budget may fit a request's output to what is left instead of refusing it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("budgets", "0003_allowances")]
    operations = [
        migrations.AddField(
            "budget",
            "shortfall",
            models.CharField(
                max_length=8,
                choices=[
                    ("refuse", "Refuse it"),
                    ("fit", "Fit: let it generate no more than what is left pays for"),
                ],
                default="refuse",
                db_default="refuse",
                help_text="What becomes of a request that a hard budget has too little left for.",
            ),
        ),
    ]
