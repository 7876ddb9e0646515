"""The guard of the audit log lets through what an erasure or a retention on record asks for."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF ROW(NEW.id, NEW.at, NEW.change, NEW.door, NEW.action, NEW.resource, NEW.customer_id)
               IS NOT DISTINCT FROM
           ROW(OLD.id, OLD.at, OLD.change, OLD.door, OLD.action, OLD.resource, OLD.customer_id)
           AND EXISTS (
               SELECT FROM privacy_erasure erasure
               WHERE erasure.id = nullif(current_setting('purser.erasure', true), '')::bigint
                 AND erasure.customer_id = OLD.customer_id AND erasure.completed_at IS NULL
           )
        THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF EXISTS (
            SELECT FROM privacy_forgetting forgetting
            WHERE forgetting.id = nullif(current_setting('purser.forgetting', true), '')::bigint
              AND forgetting.kind = 'audit_log' AND OLD.at < forgetting.older_than
              AND forgetting.older_than < now() - interval '20 hours'
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log can only be added to' USING ERRCODE = 'insufficient_privilege';
END $$;
"""
GUARD_BEFORE = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log can only be added to' USING ERRCODE = 'insufficient_privilege';
END $$;
"""
# Who had what erased stays on record.
TRACES = """
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON privacy_erasure
    FOR EACH ROW EXECUTE FUNCTION audit_change('erasures', 'id');
CREATE FUNCTION privacy_traces_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was erased stays on record' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER stays BEFORE DELETE ON privacy_erasure
    FOR EACH ROW EXECUTE FUNCTION privacy_traces_stay();
"""
NO_TRACES = """
DROP TRIGGER audit ON privacy_erasure;
DROP FUNCTION privacy_traces_stay() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_watch"), ("privacy", "0001_initial")]
    operations = [
        migrations.RunSQL(GUARD, GUARD_BEFORE),
        migrations.RunSQL(TRACES, NO_TRACES),
    ]
