"""What the ledger asks at every draw: also for a window that is over, and what was carried from it.

It is volatile, so that it sees what was committed while the draw waited for the balance. Raises
that are asked for are in the audit log.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION budgets_limit_of_balance(
    budget text, own_limit_usd numeric, of_period text, starts timestamptz, ends timestamptz
) RETURNS numeric LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    found_usd numeric;
BEGIN
    SELECT limit_usd - carried_usd INTO found_usd
    FROM budgets_closedwindow
    WHERE budget_id = budget AND period = of_period AND window_start = starts;
    IF FOUND THEN
        RETURN found_usd;
    END IF;
    IF ends IS NULL OR ends > now() THEN
        RETURN budgets_limit_in_force(budget, own_limit_usd);
    END IF;
    SELECT greatest(0, own_limit_usd + coalesce(sum(amount_usd), 0)) INTO found_usd
    FROM budgets_limitchange
    WHERE budget_id = budget AND undone_at IS NULL
      AND starts_at < ends AND (ends_at IS NULL OR ends_at >= ends);
    RETURN found_usd;
END $$;

-- As before, and volatile for the same reason.
CREATE OR REPLACE FUNCTION budgets_limit_in_force(budget text, own_limit_usd numeric)
RETURNS numeric LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    RETURN (SELECT greatest(0, own_limit_usd + coalesce(sum(amount_usd), 0))
            FROM budgets_limitchange
            WHERE budget_id = budget AND undone_at IS NULL
              AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now()));
END $$;

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF state ON budgets_raiserequest
    FOR EACH ROW EXECUTE FUNCTION audit_change('raise-requests', 'id');
"""
DROP = """
DROP TRIGGER audit ON budgets_raiserequest;
DROP FUNCTION budgets_limit_of_balance(text, numeric, text, timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION budgets_limit_in_force(budget text, own_limit_usd numeric)
RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest(0, own_limit_usd + coalesce(sum(amount_usd), 0))
    FROM budgets_limitchange
    WHERE budget_id = budget AND undone_at IS NULL
      AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_reason"), ("budgets", "0008_raises_and_carry_over")]
    operations = [migrations.RunSQL(CREATE, DROP)]
