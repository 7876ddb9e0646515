"""Rate limits over all processes: sliding windows of quarter seconds, and leases of parallel slots.

`keys_ratewindow` has a row per limited key, which is the lock; the counts are in `keys_rateslot`.
A slot counts until it lies wholly outside the last minute, so no true minute holds more.
"""

from django.db import migrations

CREATE = """
CREATE TABLE keys_ratewindow (virtual_key_id varchar(100) PRIMARY KEY);
CREATE TABLE keys_rateslot (
    virtual_key_id varchar(100) NOT NULL,
    slot_at timestamptz NOT NULL,
    requests integer NOT NULL,
    tokens bigint NOT NULL,
    PRIMARY KEY (virtual_key_id, slot_at)
);
CREATE TABLE keys_lease (
    virtual_key_id varchar(100) NOT NULL,
    request_id varchar(64) NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (virtual_key_id, request_id)
);

-- Takes one request, some tokens and a parallel slot of a key, or says which limit refuses it and
-- in how many seconds it will not.
CREATE FUNCTION rate_take(
    key text, request text, requests_max integer, tokens_max bigint, parallel_max integer,
    tokens_wanted bigint, lease_seconds float8,
    OUT refused text, OUT retry_after_seconds float8, OUT taken_at timestamptz,
    OUT tokens_taken bigint, OUT requests_left integer, OUT tokens_left bigint,
    OUT reset_seconds float8
) LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz;
    slot interval := interval '250 milliseconds';
    used_requests bigint;
    used_tokens bigint;
    oldest timestamptz;
    newest timestamptz;
BEGIN
    INSERT INTO keys_ratewindow VALUES (key) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM keys_ratewindow WHERE virtual_key_id = key FOR UPDATE;
    moment := clock_timestamp();
    tokens_taken := least(tokens_wanted, coalesce(tokens_max, tokens_wanted));
    DELETE FROM keys_rateslot
    WHERE virtual_key_id = key AND slot_at + slot <= moment - interval '1 minute';
    SELECT coalesce(sum(requests), 0), coalesce(sum(tokens), 0), min(slot_at), max(slot_at)
    INTO used_requests, used_tokens, oldest, newest
    FROM keys_rateslot WHERE virtual_key_id = key;

    IF parallel_max IS NOT NULL THEN
        DELETE FROM keys_lease WHERE virtual_key_id = key AND expires_at < moment;
        IF (SELECT count(*) FROM keys_lease WHERE virtual_key_id = key) >= parallel_max THEN
            refused := 'max_parallel_requests';
            retry_after_seconds := 1;
        END IF;
    END IF;
    IF refused IS NULL AND used_requests >= requests_max THEN
        refused := 'requests_per_minute';
        retry_after_seconds := extract(epoch FROM oldest + slot + interval '1 minute' - moment);
    END IF;
    IF refused IS NULL AND used_tokens + tokens_taken > tokens_max THEN
        refused := 'tokens_per_minute';
        SELECT extract(epoch FROM min(slot_at) + slot + interval '1 minute' - moment)
        INTO retry_after_seconds
        FROM (
            SELECT slot_at, sum(tokens) OVER (ORDER BY slot_at) AS freed
            FROM keys_rateslot WHERE virtual_key_id = key
        ) leaving
        WHERE used_tokens - freed + tokens_taken <= tokens_max;
    END IF;
    IF refused IS NULL THEN
        taken_at := date_bin(slot, moment, 'epoch'::timestamptz);
        newest := taken_at;
        INSERT INTO keys_rateslot VALUES (key, taken_at, 1, tokens_taken)
        ON CONFLICT (virtual_key_id, slot_at) DO UPDATE
        SET requests = keys_rateslot.requests + 1, tokens = keys_rateslot.tokens + tokens_taken;
        used_requests := used_requests + 1;
        used_tokens := used_tokens + tokens_taken;
        IF parallel_max IS NOT NULL THEN
            INSERT INTO keys_lease
            VALUES (key, request, moment + make_interval(secs => lease_seconds))
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    requests_left := greatest(0, requests_max - used_requests);
    tokens_left := greatest(0, tokens_max - used_tokens);
    reset_seconds := greatest(
        0, extract(epoch FROM newest + slot + interval '1 minute' - moment)
    );
END $$;

-- Ends a request: its parallel slot is free, its tokens are what it really used.
CREATE FUNCTION rate_settle(key text, request text, taken_at timestamptz, tokens_more bigint)
RETURNS void LANGUAGE sql AS $$
    DELETE FROM keys_lease WHERE virtual_key_id = key AND request_id = request;
    UPDATE keys_rateslot SET tokens = greatest(0, tokens + tokens_more)
    WHERE virtual_key_id = key AND slot_at = taken_at AND tokens_more <> 0;
$$;
"""

DROP = """
DROP FUNCTION rate_take(text, text, integer, bigint, integer, bigint, float8);
DROP FUNCTION rate_settle(text, text, timestamptz, bigint);
DROP TABLE keys_ratewindow, keys_rateslot, keys_lease;
"""


class Migration(migrations.Migration):
    dependencies = [("keys", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
