"""Triggers that announce configuration changes to the data plane (see `contract/channels.py`).

They sit here, above all tables they watch, and fire whichever door a change comes through.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION announce_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('purser_configuration', TG_ARGV[0]);
    RETURN NULL;
END $$;

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON catalog_provider
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('catalog');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON catalog_listing
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('catalog');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON catalog_model
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('catalog');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON catalog_modelalias
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('catalog');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON catalog_price
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('catalog');
CREATE TRIGGER announce AFTER UPDATE OR DELETE ON accounts_customer
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('keys');
CREATE TRIGGER announce AFTER UPDATE OR DELETE ON accounts_team
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('keys');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON budgets_budget
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('keys');

-- One key's change forgets that key alone, so that a bulk import does not empty every cache.
CREATE FUNCTION announce_virtual_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('purser_configuration', 'key:' || secret_hash)
    FROM keys_virtualkeysecret WHERE virtual_key_id = COALESCE(NEW.id, OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON keys_virtualkey
    FOR EACH ROW EXECUTE FUNCTION announce_virtual_key();

CREATE FUNCTION announce_virtual_key_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('purser_configuration', 'key:' || COALESCE(NEW.secret_hash, OLD.secret_hash));
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON keys_virtualkeysecret
    FOR EACH ROW EXECUTE FUNCTION announce_virtual_key_secret();
"""

DROP = """
DROP FUNCTION announce_configuration() CASCADE;
DROP FUNCTION announce_virtual_key() CASCADE;
DROP FUNCTION announce_virtual_key_secret() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("budgets", "0001_initial"),
        ("catalog", "0001_initial"),
        ("keys", "0001_initial"),
    ]
    operations = [migrations.RunSQL(CREATE, DROP)]
