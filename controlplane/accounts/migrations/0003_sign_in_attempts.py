"""The table that attempts to sign in are counted in, as Django's database cache has it."""

from django.db import migrations

CREATE = """
CREATE TABLE accounts_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX accounts_cache_expires ON accounts_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_bindings_scopes_and_sessions")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE accounts_cache")]
