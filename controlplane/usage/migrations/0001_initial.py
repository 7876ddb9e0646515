"""The usage table, partitioned by day: PostgreSQL declares it, Django only looks at it."""

import django.contrib.postgres.fields
from django.db import migrations, models

import controlplane.fields

CREATE = """
CREATE TABLE usage_usagerecord (
    request_id varchar(64) NOT NULL,
    at timestamptz NOT NULL,
    customer_id varchar(100),
    team_id varchar(100),
    virtual_key_id varchar(100),
    metadata jsonb NOT NULL,
    endpoint varchar(64) NOT NULL,
    model_requested text,
    provider varchar(100),
    model text,
    status smallint NOT NULL,
    error_code varchar(64),
    streamed boolean NOT NULL,
    cache varchar(8) NOT NULL,
    input_tokens bigint NOT NULL CHECK (input_tokens >= 0),
    cached_input_tokens bigint NOT NULL CHECK (cached_input_tokens >= 0),
    cache_write_tokens bigint NOT NULL CHECK (cache_write_tokens >= 0),
    output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
    reasoning_tokens bigint NOT NULL CHECK (reasoning_tokens >= 0),
    token_details jsonb NOT NULL,
    usage_source varchar(16) NOT NULL CHECK (usage_source IN ('provider', 'estimated', 'none')),
    service_tier varchar(16) NOT NULL,
    cost_usd numeric(24, 12) CHECK (cost_usd >= 0),
    saved_usd numeric(24, 12) NOT NULL,
    reserved_usd numeric(24, 12) NOT NULL,
    price_id text,
    attempts jsonb NOT NULL,
    balances bigint[] NOT NULL,
    ttft_ms double precision,
    total_ms double precision NOT NULL,
    gateway_ms double precision NOT NULL,
    PRIMARY KEY (at, request_id)
) PARTITION BY RANGE (at);

CREATE INDEX usage_by_request ON usage_usagerecord (request_id);
CREATE INDEX usage_by_customer ON usage_usagerecord (customer_id, at, request_id);
CREATE INDEX usage_by_virtual_key ON usage_usagerecord (virtual_key_id, at, request_id);

-- A record is never lost for want of a partition.
CREATE TABLE usage_usagerecord_default PARTITION OF usage_usagerecord DEFAULT;

-- Creates the missing day partitions of [first, last]. Days the default partition already holds
-- rows of are left to it.
CREATE FUNCTION usage_create_partitions(first date, last date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    day date;
    name text;
    created integer := 0;
BEGIN
    FOR day IN SELECT generate_series(first, last, interval '1 day')::date LOOP
        name := 'usage_usagerecord_' || to_char(day, 'YYYYMMDD');
        IF to_regclass(name) IS NULL AND NOT EXISTS (
            SELECT 1 FROM usage_usagerecord_default
            WHERE at >= day::timestamp AT TIME ZONE 'UTC'
              AND at < (day + 1)::timestamp AT TIME ZONE 'UTC'
        ) THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF usage_usagerecord FOR VALUES FROM (%L) TO (%L)',
                name, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00'
            );
            created := created + 1;
        END IF;
    END LOOP;
    RETURN created;
END $$;

SELECT usage_create_partitions(
    (now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + 14
);
"""

DROP = "DROP TABLE usage_usagerecord; DROP FUNCTION usage_create_partitions(date, date);"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("budgets", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.CreateModel(
            name='UsageRecord',
            fields=[
                ('pk', models.CompositePrimaryKey('at', 'request_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('request_id', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('customer_id', models.CharField(max_length=100, null=True)),
                ('team_id', models.CharField(max_length=100, null=True)),
                ('virtual_key_id', models.CharField(max_length=100, null=True)),
                ('metadata', models.JSONField()),
                ('endpoint', models.CharField(max_length=64)),
                ('model_requested', models.TextField(null=True)),
                ('provider', models.CharField(max_length=100, null=True)),
                ('model', models.TextField(null=True)),
                ('status', models.SmallIntegerField()),
                ('error_code', models.CharField(max_length=64, null=True)),
                ('streamed', models.BooleanField()),
                ('cache', models.CharField(max_length=8)),
                ('input_tokens', models.BigIntegerField()),
                ('cached_input_tokens', models.BigIntegerField()),
                ('cache_write_tokens', models.BigIntegerField()),
                ('output_tokens', models.BigIntegerField()),
                ('reasoning_tokens', models.BigIntegerField()),
                ('token_details', models.JSONField(help_text='Parts priced apart: audio, image, one-hour cache…')),
                ('usage_source', models.CharField(max_length=16)),
                ('service_tier', models.CharField(max_length=16)),
                ('cost_usd', controlplane.fields.UsdField(decimal_places=12, max_digits=24, null=True)),
                ('saved_usd', controlplane.fields.UsdField(decimal_places=12, max_digits=24)),
                ('reserved_usd', controlplane.fields.UsdField(decimal_places=12, max_digits=24)),
                ('price_id', models.TextField(null=True)),
                ('attempts', models.JSONField()),
                ('balances', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='The balances it was booked on.', size=None)),
                ('ttft_ms', models.FloatField(null=True)),
                ('total_ms', models.FloatField()),
                ('gateway_ms', models.FloatField()),
            ],
            options={
                'db_table': 'usage_usagerecord',
                'ordering': ['-at', '-request_id'],
                'managed': False,
            },
        ),
    ]
