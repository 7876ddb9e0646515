"""What people and tasks do with an alert is in the audit log; that it was seen again is not."""

from django.db import migrations

CREATE = """
CREATE TRIGGER audit AFTER DELETE OR UPDATE OF resolved_at, feedback ON alerts_alert
    FOR EACH ROW EXECUTE FUNCTION audit_change('alerts', 'id');
"""
DROP = "DROP TRIGGER audit ON alerts_alert;"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("audit", "0002_watch")]
    operations = [migrations.RunSQL(CREATE, DROP)]
