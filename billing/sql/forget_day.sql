-- Deletes what is summed up of the day (UTC) from %(day)s on, and its mark.
WITH unmarked AS (
    DELETE FROM usage_summedday WHERE day = %(day)s::timestamptz
)
DELETE FROM usage_dailyrollup WHERE day = %(day)s::timestamptz
