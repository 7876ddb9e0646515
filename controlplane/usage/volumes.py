"""Virtual keys that make far more requests than they ever do, by the hours of the rollup."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

RECENT = timedelta(days=1)
HISTORY = timedelta(days=14)
# Less is nobody's leak, whatever was usual.
REQUESTS_MIN = 200
TIMES_USUAL = 10
KEYS_LOOKED_AT_MAX = 200

# The busiest hour of the last day, and the two weeks before that. Usual is the median of the hours
# with requests; what a job did in any night before is not unusual.
BURSTS = """
WITH busy AS MATERIALIZED (
    SELECT DISTINCT ON (virtual_key_id) virtual_key_id, hour, requests FROM (
        SELECT facet.virtual_key_id, rollup.hour, sum(rollup.requests) AS requests
        FROM usage_rollup_by_key rollup JOIN usage_facet facet ON facet.id = rollup.facet_id
        WHERE rollup.hour >= %(recent)s AND facet.virtual_key_id IS NOT NULL
        GROUP BY 1, 2
    ) AS lately
    WHERE requests >= %(least)s
    ORDER BY virtual_key_id, requests DESC
), busiest AS MATERIALIZED (
    SELECT * FROM busy ORDER BY requests DESC LIMIT %(most)s
), before AS (
    SELECT facet.virtual_key_id, rollup.hour, sum(rollup.requests) AS requests
    FROM usage_facet facet JOIN usage_rollup_by_key rollup ON rollup.facet_id = facet.id
    WHERE facet.virtual_key_id IN (SELECT virtual_key_id FROM busiest)
      AND rollup.hour >= %(since)s AND rollup.hour < %(recent)s
    GROUP BY 1, 2
), usual AS (
    SELECT virtual_key_id, min(hour) AS first, max(requests) AS most,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY requests) AS requests
    FROM before GROUP BY 1
)
SELECT busiest.virtual_key_id, busiest.hour, busiest.requests::bigint,
       usual.requests::bigint AS usual
FROM busiest JOIN usual USING (virtual_key_id)
WHERE usual.first <= %(learned)s AND busiest.requests > usual.most
  AND busiest.requests > %(times)s * usual.requests
"""


@dataclass(frozen=True, slots=True)
class Burst:
    """An hour of a key, and what its hours usually are. Requests, refused ones too."""

    virtual_key_id: str
    hour: datetime
    requests: int
    usual: int

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "hour": self.hour.isoformat(),
            "requests": self.requests,
            "usual_requests": self.usual,
        }


def bursts(now: datetime, learning: timedelta) -> list[Burst]:
    """Of keys that have been in use for longer than `learning`."""
    recent = now.replace(minute=0, second=0, microsecond=0) - RECENT
    asked: dict[str, datetime | int] = {
        "recent": recent,
        "since": recent - HISTORY,
        "learned": now - learning,
        "least": REQUESTS_MIN,
        "times": TIMES_USUAL,
        "most": KEYS_LOOKED_AT_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(BURSTS, asked)
        return [Burst(*row) for row in cursor.fetchall()]
