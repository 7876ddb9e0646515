"""Until when something was planned; whoever sets that is in the audit log."""

from django.db import migrations, models

WATCH = """
DROP TRIGGER audit ON alerts_alert;
CREATE TRIGGER audit AFTER DELETE OR UPDATE OF resolved_at, feedback, planned_until ON alerts_alert
    FOR EACH ROW EXECUTE FUNCTION audit_change('alerts', 'id');
"""
UNWATCH = """
DROP TRIGGER audit ON alerts_alert;
CREATE TRIGGER audit AFTER DELETE OR UPDATE OF resolved_at, feedback ON alerts_alert
    FOR EACH ROW EXECUTE FUNCTION audit_change('alerts', 'id');
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_watch")]
    operations = [
        migrations.AddField(
            model_name="alert",
            name="planned_until",
            field=models.DateTimeField(
                blank=True,
                null=True,
                help_text="Until when the same is no news, where it was planned.",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(planned_until=None)
                | models.Q(feedback="planned", feedback__isnull=False),
                name="alert_planned_until_of_planned",
            ),
        ),
        migrations.RunSQL(WATCH, UNWATCH),
    ]
