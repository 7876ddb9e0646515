"""Sums of days by customer, too: what most pages ask for is then a few hundred rows a day."""

from django.db import migrations

CREATE = """
ALTER TABLE usage_dailyrollup DROP CONSTRAINT usage_dailyrollup_detail_check;
ALTER TABLE usage_dailyrollup ADD CONSTRAINT usage_dailyrollup_detail_check
    CHECK (detail IN ('customer', 'team', 'key', 'metadata'));
CREATE TABLE usage_dailyrollup_customer PARTITION OF usage_dailyrollup FOR VALUES IN ('customer');
DELETE FROM usage_summedday;
"""
DROP = """
DROP TABLE usage_dailyrollup_customer;
ALTER TABLE usage_dailyrollup DROP CONSTRAINT usage_dailyrollup_detail_check;
ALTER TABLE usage_dailyrollup ADD CONSTRAINT usage_dailyrollup_detail_check
    CHECK (detail IN ('team', 'key', 'metadata'));
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0006_daily_rollup")]
    operations = [migrations.RunSQL(CREATE, DROP)]
