"""Changes of limits are in the audit log, under the customer whose budget it is."""

from django.db import migrations

OF_ANOTHER = """
CREATE OR REPLACE FUNCTION audit_customer(resource text, object jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN resource = 'customers' THEN object ->> 'id' ELSE coalesce(
        object ->> 'customer_id',
        (SELECT customer_id FROM accounts_team WHERE id = object ->> 'team_id'),
        (SELECT customer_id FROM keys_virtualkey WHERE id = object ->> 'virtual_key_id'){more}) END
$$;
"""
OF_A_BUDGET = """,
        (SELECT coalesce(budget.customer_id, team.customer_id, key.customer_id)
         FROM budgets_budget budget
         LEFT JOIN accounts_team team ON team.id = budget.team_id
         LEFT JOIN keys_virtualkey key ON key.id = budget.virtual_key_id
         WHERE budget.id = object ->> 'budget_id')"""
WATCH = """
CREATE TRIGGER audit
    AFTER INSERT OR DELETE OR UPDATE OF amount_usd, starts_at, ends_at, undone_at
    ON budgets_limitchange
    FOR EACH ROW EXECUTE FUNCTION audit_change('limit-changes', 'id');
"""
CREATE = OF_ANOTHER.format(more=OF_A_BUDGET) + WATCH
DROP = "DROP TRIGGER audit ON budgets_limitchange;" + OF_ANOTHER.format(more="")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_watch"), ("budgets", "0006_limits_in_force")]
    operations = [migrations.RunSQL(CREATE, DROP)]
