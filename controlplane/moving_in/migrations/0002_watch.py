"""Imports of past usage, and their end, are in the audit log."""

from django.db import migrations

CREATE = """
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON moving_in_usageimport
    FOR EACH ROW EXECUTE FUNCTION audit_change('usage-imports', 'id');
"""
DROP = "DROP TRIGGER audit ON moving_in_usageimport"


class Migration(migrations.Migration):
    dependencies = [("moving_in", "0001_usage_imports"), ("audit", "0002_watch")]
    operations = [migrations.RunSQL(CREATE, DROP)]
