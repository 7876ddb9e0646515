"""Rules are announced to the data plane and written to the audit log, whoever changes them."""

from django.db import migrations

CREATE = """
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON metadata_rules_metadatarule
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('keys');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON metadata_rules_metadatarule
    FOR EACH ROW EXECUTE FUNCTION audit_change('metadata-rules', 'id');
"""
DROP = """
DROP TRIGGER announce ON metadata_rules_metadatarule;
DROP TRIGGER audit ON metadata_rules_metadatarule;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("metadata_rules", "0001_initial"),
        ("audit", "0002_watch"),
        ("budgets", "0002_announce_changes"),
    ]
    operations = [migrations.RunSQL(CREATE, DROP)]
