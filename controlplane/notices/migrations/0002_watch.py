"""Channels and rules are in the audit log; what happens to an alert is in the outbox at once."""

from django.db import migrations

CREATE = """
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON notices_channel
    FOR EACH ROW EXECUTE FUNCTION audit_change('notice-channels', 'id');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON notices_rule
    FOR EACH ROW EXECUTE FUNCTION audit_change('alert-rules', 'id');

CREATE FUNCTION notices_alert_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ranks text[] := ARRAY['info', 'warning', 'critical'];
    change text := CASE
        WHEN TG_OP = 'INSERT' THEN 'opened'
        WHEN OLD.resolved_at IS NULL AND NEW.resolved_at IS NOT NULL THEN 'resolved'
        WHEN array_position(ranks, NEW.severity::text) > array_position(ranks, OLD.severity::text)
        THEN 'risen' END;
BEGIN
    IF change IS NOT NULL THEN
        INSERT INTO notices_alertevent (at, change, customer_id, team_id, alert, is_routed)
        VALUES (coalesce(CASE change WHEN 'opened' THEN NEW.opened_at
                                     WHEN 'resolved' THEN NEW.resolved_at END, clock_timestamp()),
                change, NEW.customer_id, NEW.team_id,
                to_jsonb(NEW) || jsonb_build_object('amount_usd', NEW.amount_usd::text), false);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notices AFTER INSERT OR UPDATE OF severity, resolved_at ON alerts_alert
    FOR EACH ROW EXECUTE FUNCTION notices_alert_changed();
"""
DROP = """
DROP TRIGGER notices ON alerts_alert;
DROP FUNCTION notices_alert_changed();
DROP TRIGGER audit ON notices_rule;
DROP TRIGGER audit ON notices_channel;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
        ("alerts", "0002_watch"),
        ("audit", "0002_watch"),
    ]
    operations = [migrations.RunSQL(CREATE, DROP)]
