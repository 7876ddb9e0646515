"""Rate limits drawn in slices: a process takes a part of a key's window and uses it from memory.

`keys_rateslot` says what counts, by slots of time. A slice counts as if all of it were used in the
last slot it is valid for; later draws of its process move what was used to the slots where it
was, and take back what was not. A slot counts until a whole window lies between it and now, so no
true window of time holds more than the limit. A process that dies leaves its slice counted.

Parallel requests are slots that a process holds (`keys_parallelslot`) until it gives them back or
was not heard of (`keys_limiter`) for a lease.
"""

from importlib import import_module

from django.db import migrations

WINDOWS = import_module("controlplane.keys.migrations.0002_rate_windows")

TABLES = """
-- Pages stay mostly empty, so that the many versions of a busy row are cleared at every visit.
CREATE TABLE keys_rateslot (
    virtual_key_id varchar(100) NOT NULL,
    slot bigint NOT NULL,
    requests bigint NOT NULL CHECK (requests >= 0),
    tokens bigint NOT NULL CHECK (tokens >= 0),
    PRIMARY KEY (virtual_key_id, slot)
) WITH (fillfactor = 20);

CREATE TABLE keys_limiter (
    process_id varchar(64) PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
CREATE TABLE keys_parallelslot (
    virtual_key_id varchar(100) NOT NULL,
    process_id varchar(64) NOT NULL,
    slots integer NOT NULL CHECK (slots > 0),
    PRIMARY KEY (virtual_key_id, process_id)
) WITH (fillfactor = 70);
CREATE INDEX keys_parallelslot_process_id ON keys_parallelslot (process_id);
"""

# Time is an argument, in slots: the rule can be tried out at any moment. Callers hold the locks.
GRANT = """
CREATE FUNCTION rate_grant(
    process text, moment float8, window_slots integer, horizon_slots integer,
    patience_slots integer, asks jsonb
) RETURNS TABLE (
    virtual_key_id text, drawn_at float8, last_slot bigint, valid_slots integer,
    requests bigint, tokens bigint, parallel bigint,
    requests_left bigint, tokens_left bigint, leaving jsonb, is_recalled boolean
) LANGUAGE plpgsql
-- Every step looks up a few rows by key, also when the table was empty at planning time.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    this_slot bigint := floor(moment);
    oldest bigint := this_slot - window_slots;
BEGIN
    -- What the process used since its last draw goes to the slots where it was used.
    MERGE INTO keys_rateslot AS counted USING (
        SELECT ask.key, (move ->> 0)::bigint AS slot,
               sum((move ->> 1)::bigint) AS requests, sum((move ->> 2)::bigint) AS tokens
        FROM jsonb_to_recordset(asks) AS ask (key text, moves jsonb),
             jsonb_array_elements(ask.moves) AS move
        WHERE (move ->> 0)::bigint >= oldest
        GROUP BY 1, 2
    ) AS moved ON counted.virtual_key_id = moved.key AND counted.slot = moved.slot
    WHEN MATCHED THEN UPDATE SET
        requests = greatest(0, counted.requests + moved.requests),
        tokens = greatest(0, counted.tokens + moved.tokens)
    WHEN NOT MATCHED AND (moved.requests > 0 OR moved.tokens > 0) THEN INSERT
        VALUES (moved.key, moved.slot, greatest(0, moved.requests), greatest(0, moved.tokens));

    RETURN QUERY
    WITH ask AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(asks) AS ask (
            key text, requests_max numeric, tokens_max numeric, parallel_max bigint,
            held_until bigint, requests_held numeric, tokens_held numeric,
            requests_least numeric, requests_need numeric, requests_ahead numeric,
            tokens_least numeric, tokens_need numeric, tokens_ahead numeric,
            parallel_held bigint, parallel_least bigint, parallel_need bigint,
            parallel_ahead bigint
        )
    ), room AS MATERIALIZED (
        SELECT ask.*, counted.newest, others.slots > 0 AS others_hold_parallel,
               greatest(0, requests_max - counted.requests - requests_held) AS requests_room,
               greatest(0, tokens_max - counted.tokens - tokens_held) AS tokens_room,
               greatest(0, parallel_max - others.slots) AS parallel_room,
               greatest(
                   (counted.requests + requests_held + requests_need) / requests_max,
                   (counted.tokens + tokens_held + tokens_need) / tokens_max,
                   0
               ) AS pressure
        FROM ask, LATERAL (
            SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(tokens), 0) AS tokens,
                   coalesce(max(slot), 0) AS newest
            FROM keys_rateslot
            WHERE virtual_key_id = ask.key AND slot >= oldest
        ) AS counted, LATERAL (
            SELECT coalesce(sum(slots), 0) AS slots FROM keys_parallelslot
            WHERE virtual_key_id = ask.key AND process_id <> process
        ) AS others
    ), paced AS MATERIALIZED (
        -- Far from the limit slices are long, near it they are short, so that nothing lies idle.
        SELECT room.*, greatest(patience_slots, CASE
            WHEN pressure <= 0.5 THEN horizon_slots
            WHEN pressure <= 0.875 THEN horizon_slots / 5
            ELSE 1
        END) AS valid_slots
        FROM room
    ), parallels AS MATERIALIZED (
        SELECT paced.*, CASE WHEN parallel_max IS NULL THEN 0 ELSE greatest(
            parallel_held,
            least(
                parallel_room,
                parallel_need + least(parallel_ahead, (parallel_room - parallel_need) / 8)
            )
        ) END AS parallel_granted
        FROM paced
    ), verdict AS MATERIALIZED (
        SELECT parallels.*,
               (requests_max IS NULL OR requests_least <= requests_room)
               AND (tokens_max IS NULL OR tokens_least <= tokens_room) AS fits,
               parallel_max IS NULL OR parallel_least <= parallel_granted AS fits_parallel
        FROM parallels
    ), decided AS MATERIALIZED (
        SELECT verdict.*,
            CASE
                WHEN requests_max IS NULL OR NOT (fits AND fits_parallel) THEN 0
                WHEN requests_need <= requests_room THEN requests_need + least(
                    trunc(requests_ahead * valid_slots / horizon_slots),
                    trunc((requests_room - requests_need) / 8)
                )
                -- Not all of it at once, so that other processes get some, too.
                ELSE greatest(requests_least, ceil(requests_room / 2))
            END AS requests_granted,
            CASE
                WHEN tokens_max IS NULL OR NOT (fits AND fits_parallel) THEN 0
                WHEN tokens_need <= tokens_room THEN tokens_need + least(
                    trunc(tokens_ahead * valid_slots / horizon_slots),
                    trunc((tokens_room - tokens_need) / 8)
                )
                ELSE greatest(tokens_least, ceil(tokens_room / 2))
            END AS tokens_granted,
            greatest(
                this_slot + 1 + valid_slots,
                CASE WHEN requests_held > 0 OR tokens_held > 0 THEN held_until END
            ) AS until
        FROM verdict
    ), counted AS (
        INSERT INTO keys_rateslot AS counted
        SELECT key, until, requests_held + requests_granted, tokens_held + tokens_granted
        FROM decided
        WHERE requests_held + requests_granted > 0 OR tokens_held + tokens_granted > 0
        ON CONFLICT ON CONSTRAINT keys_rateslot_pkey DO UPDATE SET
            requests = counted.requests + excluded.requests,
            tokens = counted.tokens + excluded.tokens
    ), held AS (
        INSERT INTO keys_parallelslot AS held
        SELECT key, process, parallel_granted FROM decided WHERE parallel_granted > 0
        ON CONFLICT ON CONSTRAINT keys_parallelslot_pkey DO UPDATE SET slots = excluded.slots
        WHERE held.slots <> excluded.slots
    ), given_back AS (
        DELETE FROM keys_parallelslot held USING decided
        WHERE held.virtual_key_id = decided.key AND held.process_id = process
          AND decided.parallel_granted = 0
    ), recalled AS MATERIALIZED (
        -- Others may hold what is missing here: unused slices of the future, spare slots.
        SELECT key, pg_notify('purser_rate_recall', process || ' ' || key) FROM decided
        WHERE NOT fits AND newest > this_slot + 1 OR NOT fits_parallel AND others_hold_parallel
    )
    SELECT key, moment, until, valid_slots,
           requests_granted::bigint, tokens_granted::bigint, parallel_granted,
           (requests_room - requests_granted)::bigint, (tokens_room - tokens_granted)::bigint,
           CASE WHEN NOT fits THEN (
               SELECT jsonb_agg(
                   jsonb_build_array(slot + window_slots + 1, requests, tokens) ORDER BY slot
               )
               FROM keys_rateslot
               WHERE virtual_key_id = decided.key AND slot >= oldest
           ) END,
           key IN (SELECT recalled.key FROM recalled)
    FROM decided;
END $$;
"""

DRAW = """
-- Draws for a process: each key on its own, keys locked in one order. The time is the database's.
CREATE FUNCTION rate_draw(
    process text, slot_seconds float8, window_slots integer, horizon_slots integer,
    patience_slots integer, asks jsonb
) RETURNS TABLE (
    virtual_key_id text, drawn_at float8, last_slot bigint, valid_slots integer,
    requests bigint, tokens bigint, parallel bigint,
    requests_left bigint, tokens_left bigint, leaving jsonb, is_recalled boolean
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('purser rate limits'), lock)
    FROM (
        SELECT DISTINCT hashtext(key) AS lock FROM jsonb_to_recordset(asks) AS ask (key text)
        ORDER BY lock
    ) AS locks;
    RETURN QUERY SELECT * FROM rate_grant(
        process, extract(epoch FROM clock_timestamp())::float8 / slot_seconds,
        window_slots, horizon_slots, patience_slots, asks
    );
END $$;
"""

BEAT = """
-- Says that a process lives. Answers how many do, whether this one was known, and the time. Only a
-- process that was itself in touch for a whole lease declares others dead: after an outage of the
-- database, everybody gets the time to say that they are there.
CREATE FUNCTION rate_beat(
    process text, slot_seconds float8, lease_seconds float8, may_reap boolean,
    OUT processes bigint, OUT was_known boolean, OUT drawn_at float8
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE keys_limiter SET seen_at = clock_timestamp() WHERE process_id = process;
    was_known := FOUND;
    IF NOT FOUND THEN
        INSERT INTO keys_limiter VALUES (process, clock_timestamp());
    END IF;
    IF may_reap THEN
        DELETE FROM keys_limiter
        WHERE seen_at < clock_timestamp() - make_interval(secs => lease_seconds);
        DELETE FROM keys_parallelslot
        WHERE process_id NOT IN (SELECT process_id FROM keys_limiter);
    END IF;
    processes := (SELECT count(*) FROM keys_limiter);
    drawn_at := extract(epoch FROM clock_timestamp())::float8 / slot_seconds;
END $$;

-- Removes slots that count no more, and such as a clock set back has left far in the future. Never
-- waits for a draw. Answers how many there were.
CREATE FUNCTION rate_sweep(
    slot_seconds float8, window_slots integer, horizon_slots integer, most integer
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    this_slot bigint := floor(extract(epoch FROM clock_timestamp())::float8 / slot_seconds);
    swept bigint;
BEGIN
    DELETE FROM keys_rateslot WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM keys_rateslot
        WHERE slot < this_slot - 2 * window_slots OR slot > this_slot + 3 * horizon_slots
        LIMIT most FOR UPDATE SKIP LOCKED
    ));
    GET DIAGNOSTICS swept = ROW_COUNT;
    RETURN swept;
END $$;

-- Says that a process goes, and holds nothing any more.
CREATE FUNCTION rate_leave(process text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM keys_parallelslot WHERE process_id = process;
    DELETE FROM keys_limiter WHERE process_id = process;
$$;
"""

DROP_SLICES = """
DROP FUNCTION rate_draw(text, float8, integer, integer, integer, jsonb);
DROP FUNCTION rate_grant(text, float8, integer, integer, integer, jsonb);
DROP FUNCTION rate_beat(text, float8, float8, boolean);
DROP FUNCTION rate_sweep(float8, integer, integer, integer);
DROP FUNCTION rate_leave(text);
DROP TABLE keys_rateslot, keys_limiter, keys_parallelslot;
"""


class Migration(migrations.Migration):
    dependencies = [("keys", "0002_rate_windows")]
    operations = [
        migrations.RunSQL(WINDOWS.DROP, WINDOWS.CREATE),
        migrations.RunSQL(TABLES + GRANT + DRAW + BEAT, DROP_SLICES),
    ]
