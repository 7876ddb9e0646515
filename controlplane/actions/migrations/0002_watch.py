"""Acts on alerts are in the audit log."""

from django.db import migrations

CREATE = """
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF ended_at ON actions_alertaction
    FOR EACH ROW EXECUTE FUNCTION audit_change('alert-actions', 'id');
"""
DROP = "DROP TRIGGER audit ON actions_alertaction;"


class Migration(migrations.Migration):
    dependencies = [("actions", "0001_acting"), ("audit", "0004_reason")]
    operations = [migrations.RunSQL(CREATE, DROP)]
