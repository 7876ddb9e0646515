"""Who loaded a bill, and who took it out again, is in the audit log; what it was found to differ
by is no decision of anybody."""

from django.db import migrations

CREATE = """
CREATE TRIGGER audit AFTER INSERT OR DELETE ON reconciliation_invoice
    FOR EACH ROW EXECUTE FUNCTION audit_change('invoices', 'id');
"""
DROP = "DROP TRIGGER audit ON reconciliation_invoice;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_watch"), ("reconciliation", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
