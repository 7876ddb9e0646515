"""What was billed stays: nobody changes or deletes it, and what follows is in the audit log."""

from django.db import migrations

TABLES = ("statements_statement", "statements_adjustment")
FUNCTION = """
CREATE FUNCTION statements_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a statement is never changed; correct it by an adjustment'
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
GUARDS = "".join(
    f"""
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION statements_are_append_only();
CREATE TRIGGER append_only_as_a_whole BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION statements_are_append_only();
"""
    for table in TABLES
)
WATCH = """
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON statements_exchangerate
    FOR EACH ROW EXECUTE FUNCTION audit_change('exchange-rates', 'id');
CREATE TRIGGER audit AFTER INSERT ON statements_adjustment
    FOR EACH ROW EXECUTE FUNCTION audit_change('statements', 'statement_id');
"""
DROP = """
DROP FUNCTION statements_are_append_only() CASCADE;
DROP TRIGGER audit ON statements_exchangerate;
DROP TRIGGER audit ON statements_adjustment;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_watch"), ("statements", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTION + GUARDS + WATCH, DROP)]
