"""Sums of whole days (UTC) that are over, so that a report of months reads few rows.

They are made from the hourly rollup, a day at a time (`billing/sql/sum_up_day.sql`), and never kept
up to date: whoever changes an hour of a day takes its mark away, and without the mark the hours
answer for the day. A day has sums of three details: by team, by virtual key, and by virtual key and
metadata, as far as the hours tell it apart.

A day's lock is shared by those who change its hours, until they are done; whoever sums up the day
has it alone. So a mark stands for all that was ever written.
"""

from django.db import migrations

CREATE = """
CREATE TABLE usage_summedday (
    day timestamptz PRIMARY KEY
);

CREATE TABLE usage_dailyrollup (
    detail varchar(8) NOT NULL CHECK (detail IN ('team', 'key', 'metadata')),
    day timestamptz NOT NULL,
    facet_id bigint NOT NULL,
    requests bigint NOT NULL,
    answered bigint NOT NULL,
    refused bigint NOT NULL,
    unpriced_requests bigint NOT NULL,
    rescued_by_retry bigint NOT NULL,
    rescued_by_fallback bigint NOT NULL,
    refused_by_budget bigint NOT NULL,
    refused_by_rate_limit bigint NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    cost_usd numeric NOT NULL,
    saved_usd numeric NOT NULL,
    PRIMARY KEY (day, facet_id, detail)
) PARTITION BY LIST (detail);

CREATE TABLE usage_dailyrollup_team PARTITION OF usage_dailyrollup FOR VALUES IN ('team');
CREATE TABLE usage_dailyrollup_key PARTITION OF usage_dailyrollup FOR VALUES IN ('key');
CREATE TABLE usage_dailyrollup_metadata PARTITION OF usage_dailyrollup FOR VALUES IN ('metadata');
CREATE INDEX usage_dailyrollup_by_facet ON usage_dailyrollup (facet_id, day);

CREATE INDEX usage_facet_by_customer ON usage_facet (customer_id, team_id);
CREATE INDEX usage_facet_by_virtual_key ON usage_facet (virtual_key_id) WHERE by_key;

CREATE FUNCTION usage_lock_of_day(day timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended('usage_summedday', extract(epoch FROM day)::bigint);

CREATE FUNCTION usage_unmark_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched timestamptz;
BEGIN
    FOR touched IN SELECT DISTINCT date_trunc('day', hour, 'UTC') FROM changed ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(usage_lock_of_day(touched));
        DELETE FROM usage_summedday WHERE day = touched;
    END LOOP;
    RETURN NULL;
END $$;
CREATE FUNCTION usage_unmark_all_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM usage_summedday;
    RETURN NULL;
END $$;

CREATE TRIGGER usage_unmark_inserted AFTER INSERT ON usage_rollup
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION usage_unmark_days();
CREATE TRIGGER usage_unmark_updated AFTER UPDATE ON usage_rollup
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION usage_unmark_days();
CREATE TRIGGER usage_unmark_left AFTER UPDATE ON usage_rollup
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION usage_unmark_days();
CREATE TRIGGER usage_unmark_deleted AFTER DELETE ON usage_rollup
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION usage_unmark_days();
CREATE TRIGGER usage_unmark_truncated AFTER TRUNCATE ON usage_rollup
    FOR EACH STATEMENT EXECUTE FUNCTION usage_unmark_all_days();
"""

DROP = """
DROP TRIGGER usage_unmark_inserted ON usage_rollup;
DROP TRIGGER usage_unmark_updated ON usage_rollup;
DROP TRIGGER usage_unmark_left ON usage_rollup;
DROP TRIGGER usage_unmark_deleted ON usage_rollup;
DROP TRIGGER usage_unmark_truncated ON usage_rollup;
DROP FUNCTION usage_unmark_days();
DROP FUNCTION usage_unmark_all_days();
DROP FUNCTION usage_lock_of_day(timestamptz);
DROP INDEX usage_facet_by_customer;
DROP INDEX usage_facet_by_virtual_key;
DROP TABLE usage_dailyrollup;
DROP TABLE usage_summedday;
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0005_outcomes")]
    operations = [migrations.RunSQL(CREATE, DROP)]
