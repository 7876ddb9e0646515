"""A key may have its streams resumed on a fallback instead of ended with an error.

What changes a key is announced by the trigger on its rows already, whichever column it is.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("keys", "0003_rate_slices")]
    operations = [
        migrations.AddField(
            "virtualkey",
            "stream_failure",
            models.CharField(
                max_length=8,
                choices=[
                    ("error", "End it with an error"),
                    ("resume", "Resume: let a fallback go on from the text already sent"),
                ],
                default="error",
                db_default="error",
                help_text="What becomes of a stream that breaks off after its first content.",
            ),
        ),
    ]
