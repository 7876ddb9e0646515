"""Whoever changes something may say why, and the log keeps it: as a change of `reason`."""

from django.db import migrations

CHANGE = """
CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
    object jsonb := coalesce(new_row, old_row);
    changed jsonb := audit_changes(old_row, new_row);
    told text := nullif(current_setting('purser.actor', true), '');
    actor jsonb := coalesce(told::jsonb, jsonb_build_object(
        'name', 'database user ' || session_user, 'door', 'database',
        'address', host(inet_client_addr())));
BEGIN
    IF changed = '{}' OR (TG_NARGS > 2 AND object ->> TG_ARGV[2] IS NULL) THEN
        RETURN NULL;
    END IF;
%s    INSERT INTO audit_auditevent
        (at, change, door, actor, address, action, resource, object_id, customer_id, changes)
    VALUES (clock_timestamp(), pg_current_xact_id()::text::bigint,
            left(actor ->> 'door', 32), left(actor ->> 'name', 200),
            left(actor ->> 'address', 64),
            CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,
            TG_ARGV[0], object ->> TG_ARGV[1], audit_customer(TG_ARGV[0], object), changed);
    RETURN NULL;
END $$;
"""
# What has a reason of its own, keeps that.
REASON = """
    IF actor ->> 'reason' IS NOT NULL AND NOT changed ? 'reason' THEN
        changed := changed || jsonb_build_object(
            'reason', jsonb_build_array(NULL, actor ->> 'reason'));
    END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_forgetting")]
    operations = [migrations.RunSQL(CHANGE % REASON, CHANGE % "")]
