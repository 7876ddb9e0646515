"""A month of usage records as a company with sixty customers would have them, and their rollup.

They come in the order of their time, most around noon; some virtual keys are far busier than
others. Four in five virtual keys say in their metadata who pays and for what feature; one in twenty
sends an id of its own with each request, too.
"""

from django.db import connection, transaction

from billing.sql import statement
from controlplane.usage.services import fold_metadata
from tests.bench.output import say

DAYS = 31
MONTH = "2026-10"

DAY = """
INSERT INTO usage_usagerecord (
    request_id, at, customer_id, team_id, virtual_key_id, metadata, endpoint, model_requested,
    provider, model, status, error_code, streamed, cache, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, token_details, usage_source, service_tier,
    cost_usd, saved_usd, reserved_usd, price_id, attempts, balances, ttft_ms, total_ms, gateway_ms
)
SELECT 'req_' || to_char(at, 'YYYYMMDDHH24MISSUS') || number,
       at, 'customer-' || key_number %% 60, 'team-' || key_number %% 180, 'key-' || key_number,
       CASE WHEN key_number %% 5 = 3 THEN '{}'
            WHEN key_number %% 20 = 7 THEN payer || jsonb_build_object('trace', md5(at::text))
            ELSE payer END,
       'chat/completions', name,
       CASE WHEN is_tried THEN vendor END, CASE WHEN is_tried THEN vendor || '/' || name END,
       status, CASE status WHEN 200 THEN NULL WHEN 429 THEN 'requests_per_minute'
                           WHEN 502 THEN 'upstream_failed' ELSE 'model_not_allowed' END,
       dice < 0.4, 'off', input, input / 3, 0, output, 0, '{}',
       CASE status WHEN 200 THEN 'provider' ELSE 'none' END, 'standard',
       input * 0.00000015 + output * 0.0000006, 0, 0, vendor || '/' || name || '@2026-01-01',
       CASE WHEN is_tried THEN jsonb_build_array(jsonb_build_object(
           'provider', vendor, 'model', name, 'status', status, 'error_code', null, 'ms', 812.5,
           'cost_usd', '0.0012345')) ELSE '[]' END,
       ARRAY[key_number %% 60, 60 + key_number %% 180, 240 + key_number],
       300 * dice, 812.5, 0.4
FROM (
    SELECT number, at, dice, key_number, status, status IN (200, 502) AS is_tried,
           jsonb_build_object(
               'team_internal_billing_code', 'B-' || key_number %% 37,
               'feature', (ARRAY['chat', 'search', 'draft', 'judge'])[1 + floor(4 * dice ^ 2)::int]
           ) AS payer,
           (ARRAY['openai', 'anthropic', 'bedrock', 'openai'])[1 + model_number] AS vendor,
           (ARRAY['gpt-4o', 'claude-haiku-4-5', 'nova-pro', 'gpt-5'])[1 + model_number] AS name,
           CASE status WHEN 200 THEN (50 + 3000 * dice ^ 3)::bigint ELSE 0 END AS input,
           CASE status WHEN 200 THEN (10 + 700 * dice ^ 2)::bigint ELSE 0 END AS output
    FROM (
        SELECT number, dice, key_number, status,
               %(day)s::timestamptz
               + interval '1 day' * (part + 0.12 * sin(2 * pi() * part)) AS at,
               (key_number + floor(2 * other_dice ^ 2)::int) %% 4 AS model_number
        FROM (
            SELECT number, (number - 0.5) / %(records)s AS part, random() AS dice,
                   random() AS other_dice, floor(600 * random() ^ 2.5)::int AS key_number,
                   (ARRAY[502, 403, 429, 429])[1 + floor(60 * random())::int] AS refused
            FROM generate_series(1, %(records)s) AS number OFFSET 0
        ) drawn, coalesce(refused, 200) AS status
    ) timed
) told
ORDER BY at
"""

# What a flush has just written, here a whole day.
BOOKED = """
CREATE TEMPORARY VIEW booked AS SELECT * FROM usage_usagerecord
WHERE at >= %s::timestamptz AND at < %s::timestamptz + interval '1 day'
"""


def write_month(records: int) -> None:
    """Replaces all usage records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE usage_usagerecord, usage_rollup, usage_facet, usage_foldedmetadata"
        )
        cursor.execute("SELECT usage_create_partitions(%s, %s)", [f"{MONTH}-01", f"{MONTH}-{DAYS}"])
        cursor.execute("SELECT setseed(0.25)")
    for day in range(1, DAYS + 1):
        if day % 10 == 1:
            say(f"{records:,} records: writing day {day} of {DAYS}")
        _write_day(f"{MONTH}-{day:02}", records // DAYS)
        fold_metadata()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE usage_usagerecord, usage_rollup, usage_facet")


def _write_day(day: str, records: int) -> None:
    midnight = f"{day}T00:00Z"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DAY, {"day": midnight, "records": records})
        cursor.execute(BOOKED, [midnight, midnight])
        cursor.execute(statement("roll_up"))
        cursor.execute("DROP VIEW booked")
