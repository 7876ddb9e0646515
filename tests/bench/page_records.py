"""Some hundred days of usage records up to now, as a company with twenty customers would have them.

Of 2,000 virtual keys some are far busier than others; each calls a few of twelve models of five
providers. Weekends are quiet. Metadata has four keys, one of them with thousands of values.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from billing.sql import statement
from controlplane.usage.services import fold_metadata, measure_latencies_of
from tests.bench.output import say

DAYS = 100
CUSTOMERS, TEAMS, KEYS = 20, 200, 2000
DAY = timedelta(days=1)
WEEKEND = 0.35
WRITERS = 2
# Enough for the pages, and measured an hour at a time by nobody who waits.
LATENCY_DAYS = 35
MODELS = (
    "openai/gpt-4o",
    "openai/gpt-4o-mini",
    "openai/gpt-5",
    "openai/gpt-5-mini",
    "anthropic/claude-sonnet-4-6",
    "anthropic/claude-haiku-4-5",
    "anthropic/claude-opus-4-8",
    "bedrock/nova-pro",
    "bedrock/nova-lite",
    "google/gemini-3-flash",
    "google/gemini-3-pro",
    "mistral/mistral-large",
)

WRITE = """
INSERT INTO usage_usagerecord (
    request_id, at, customer_id, team_id, virtual_key_id, metadata, endpoint, model_requested,
    provider, model, status, error_code, streamed, cache, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, token_details, usage_source, service_tier,
    cost_usd, saved_usd, reserved_usd, price_id, attempts, balances, ttft_ms, total_ms, gateway_ms
)
SELECT 'req_' || to_char(at, 'YYYYMMDDHH24MISSUS') || '_' || number,
       at, 'customer-' || key_number %% 20, 'team-' || key_number %% 200, 'key-' || key_number,
       CASE WHEN key_number %% 7 = 3 THEN '{}' ELSE jsonb_build_object(
           'cost_center', 'C-' || key_number %% 37,
           'environment', CASE WHEN key_number %% 4 = 0 THEN 'staging' ELSE 'production' END,
           'feature', (ARRAY['chat', 'search', 'draft', 'judge', 'mail'])[1 + key_number %% 5],
           'user', 'user-' || key_number %% 2000 + 2000 * floor(3 * dice ^ 3)::int
       ) END,
       'chat/completions', name,
       CASE WHEN is_tried THEN split_part(name, '/', 1) END, CASE WHEN is_tried THEN name END,
       status, CASE status WHEN 200 THEN NULL WHEN 429 THEN
           (ARRAY['requests_per_minute', 'budget_exceeded'])[1 + number %% 2]
           WHEN 502 THEN 'upstream_failed' ELSE 'model_not_allowed' END,
       dice < 0.4, CASE WHEN status = 200 AND dice < 0.06 THEN 'exact' ELSE 'off' END,
       input, input / 3, 0, output, 0, '{}',
       CASE status WHEN 200 THEN 'provider' ELSE 'none' END, 'standard',
       CASE WHEN model_number <> 12
            THEN (input * 0.15 + output * 0.6) * (1 + model_number) / 1000000 END,
       CASE WHEN status = 200 AND dice < 0.06 THEN input * 0.0000015 ELSE 0 END, 0,
       CASE WHEN model_number <> 12 THEN name || '@2026-01-01' END,
       CASE WHEN NOT is_tried OR (status = 200 AND dice < 0.06) THEN '[]'
            WHEN dice > 0.98 THEN jsonb_build_array(
                jsonb_build_object('provider', 'openai', 'model', 'openai/gpt-4o', 'status', 503,
                                   'error_code', 'overloaded', 'ms', 312.5, 'cost_usd', '0'),
                answer)
            ELSE jsonb_build_array(answer) END,
       '{}', CASE WHEN dice < 0.4 THEN 200 + 300 * dice END, 300 + 4000 * dice ^ 4, 0.4
FROM (
    SELECT number, at, dice, key_number, status, status IN (200, 502) AS is_tried, model_number,
           (%(models)s::text[])[model_number] AS name,
           jsonb_build_object(
               'provider', split_part((%(models)s::text[])[model_number], '/', 1),
               'model', (%(models)s::text[])[model_number], 'status', status,
               'error_code', CASE status WHEN 200 THEN NULL ELSE 'upstream_failed' END,
               'ms', 812.5, 'cost_usd', '0.0012345'
           ) AS answer,
           CASE status WHEN 200 THEN (50 + 3000 * dice ^ 3)::bigint ELSE 0 END AS input,
           CASE status WHEN 200 THEN (10 + 700 * dice ^ 2)::bigint ELSE 0 END AS output
    FROM (
        SELECT number, dice, key_number, coalesce(refused, 200) AS status,
               %(start)s::timestamptz + part * (%(end)s::timestamptz - %(start)s) AS at,
               1 + (key_number + floor(3 * other_dice ^ 2)::int) %% 12 AS model_number
        FROM (
            SELECT number, (number - 0.5) / %(records)s AS part, random() AS dice,
                   random() AS other_dice, floor(2000 * random() ^ 2.2)::int AS key_number,
                   (ARRAY[502, 403, 429, 429])[1 + floor(60 * random())::int] AS refused
            FROM generate_series(1, %(records)s) AS number OFFSET 0
        ) drawn
    ) timed
) told
ORDER BY at
"""
# What a flush has just written, here a whole day.
BOOKED = """
CREATE TEMPORARY VIEW booked AS SELECT * FROM usage_usagerecord WHERE at >= %s AND at < %s
"""
VACUUM = "VACUUM ANALYZE"


def write_records(records: int, now: datetime) -> None:
    """So many, give or take a few, of the hundred days that end now."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - back * DAY for back in range(DAYS - 1, -1, -1)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT usage_create_partitions(%s, %s)", [days[0].date(), today.date()])
    weights = [_weight(day, now) for day in days]
    each = [round(records * weight / sum(weights)) for weight in weights]
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(_write_day, days, [min(day + DAY, now) for day in days], each))
    fold_metadata()
    measure_latencies_of(today - LATENCY_DAYS * DAY, now)
    with connection.cursor() as cursor:
        cursor.execute(VACUUM)


def _weight(day: datetime, now: datetime) -> float:
    part = min(now - day, DAY) / DAY
    return part * (WEEKEND if day.weekday() >= 5 else 1)


def _write_day(start: datetime, end: datetime, records: int) -> None:
    say(f"writing {records:,} records of {start:%d %B}")
    given = {"start": start, "end": end, "records": max(records, 1), "models": list(MODELS)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [start.timetuple().tm_yday / 400])
        cursor.execute(WRITE, given)
        cursor.execute(BOOKED, [start, end])
        cursor.execute(statement("roll_up"))
        cursor.execute("DROP VIEW booked")
    connection.close()
