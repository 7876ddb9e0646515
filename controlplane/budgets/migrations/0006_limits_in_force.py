"""What the ledger asks at every draw, and who hears of a change of a limit."""

from django.db import migrations

CREATE = """
CREATE FUNCTION budgets_limit_in_force(budget text, own_limit_usd numeric) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest(0, own_limit_usd + coalesce(sum(amount_usd), 0))
    FROM budgets_limitchange
    WHERE budget_id = budget AND undone_at IS NULL
      AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())
$$;

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON budgets_limitchange
    FOR EACH STATEMENT EXECUTE FUNCTION announce_configuration('keys');
"""
DROP = """
DROP TRIGGER announce ON budgets_limitchange;
DROP FUNCTION budgets_limit_in_force(text, numeric);
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0005_limit_changes")]
    operations = [migrations.RunSQL(CREATE, DROP)]
