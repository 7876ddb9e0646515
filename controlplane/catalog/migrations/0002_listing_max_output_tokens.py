"""What a listed model generates at most. The table it comes from is read at the next start."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        migrations.AddField(
            "listing",
            "max_output_tokens",
            models.PositiveIntegerField(
                null=True, blank=True, help_text="From our own table; empty where nobody knows."
            ),
        ),
    ]
