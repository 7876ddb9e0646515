"""Triggers that write the audit log, whichever door a change comes through, and guard it.

Each watched table names its resource and the column that holds the object's id. Of secret columns the
log says only that there is another value; columns that are no decision of anybody are left out.
"""

from django.db import migrations

SECRETS = "{credential_sealed,secret_hash,password}"
LEFT_OUT = "{created_at,updated_at,last_used_at,last_login,date_joined,credentials_count}"

# By table: the resource, the column of the object's id, and a column without which a row is not
# watched. A new price list is thousands of rows that nobody decided; its update is in the log.
WATCHED = {
    "accounts_customer": ("customers", "id"),
    "accounts_team": ("teams", "id"),
    "accounts_member": ("members", "username"),
    "accounts_apitoken": ("tokens", "id"),
    "keys_virtualkey": ("virtual-keys", "id"),
    "keys_virtualkeysecret": ("virtual-key-secrets", "virtual_key_id"),
    "budgets_budget": ("budgets", "id"),
    "catalog_provider": ("providers", "id"),
    "catalog_model": ("models", "id"),
    "catalog_modelalias": ("model-aliases", "model_id"),
    "catalog_price": ("prices", "id", "model_id"),
}

FUNCTIONS = f"""
CREATE FUNCTION audit_shown(field text, value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN value IS NULL OR value = 'null' THEN 'null'
        WHEN field = ANY('{SECRETS}') THEN '"(secret)"'
        ELSE value END
$$;

CREATE FUNCTION audit_changes(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(field, jsonb_build_array(
               audit_shown(field, old -> field), audit_shown(field, new -> field))), '{{}}')
    FROM jsonb_object_keys(coalesce(new, old)) AS field
    WHERE coalesce(old -> field, 'null') IS DISTINCT FROM coalesce(new -> field, 'null')
      AND field <> ALL('{LEFT_OUT}')
$$;

CREATE FUNCTION audit_customer(resource text, object jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN resource = 'customers' THEN object ->> 'id' ELSE coalesce(
        object ->> 'customer_id',
        (SELECT customer_id FROM accounts_team WHERE id = object ->> 'team_id'),
        (SELECT customer_id FROM keys_virtualkey WHERE id = object ->> 'virtual_key_id')) END
$$;

CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF changed = '{{}}' OR (TG_NARGS > 2 AND object ->> TG_ARGV[2] IS NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_auditevent
        (at, change, door, actor, address, action, resource, object_id, customer_id, changes)
    VALUES (clock_timestamp(), pg_current_xact_id()::text::bigint,
            left(actor ->> 'door', 32), left(actor ->> 'name', 200),
            left(actor ->> 'address', 64),
            CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,
            TG_ARGV[0], object ->> TG_ARGV[1], audit_customer(TG_ARGV[0], object), changed);
    RETURN NULL;
END $$;

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log can only be added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER append_only_as_a_whole BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""


def trigger(table: str, *arguments: str) -> str:
    """Row by row: an event names one object."""
    quoted = ", ".join(f"'{argument}'" for argument in arguments)
    return (
        f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION audit_change({quoted});"
    )


CREATE = FUNCTIONS + "\n".join(trigger(table, *how) for table, how in WATCHED.items())
DROP = """
DROP FUNCTION audit_change() CASCADE;
DROP FUNCTION audit_is_append_only() CASCADE;
DROP FUNCTION audit_customer(text, jsonb);
DROP FUNCTION audit_changes(jsonb, jsonb);
DROP FUNCTION audit_shown(text, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("accounts", "__first__"),
        ("budgets", "0004_shortfall"),
        ("catalog", "0004_credentials_count"),
        ("keys", "0004_stream_failure"),
    ]
    operations = [migrations.RunSQL(CREATE, DROP)]
