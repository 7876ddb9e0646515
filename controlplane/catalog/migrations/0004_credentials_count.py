"""How many credentials a provider has, so that nobody has to open them to say so."""

from django.db import migrations, models

# So far each had one.
COUNT = "UPDATE catalog_provider SET credentials_count = 1 WHERE credential_sealed IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_deployment_health")]
    operations = [
        migrations.AddField(
            "provider",
            "credentials_count",
            models.PositiveSmallIntegerField(
                default=0, db_default=0, editable=False, help_text="Known without opening them."
            ),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
