"""What went without a price, and who was refused by a budget, by the last hours of the rollup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

MODELS_MAX = 200
KEYS_MAX = 1000
HOUR = timedelta(hours=1)

UNPRICED = """
SELECT facet.provider, facet.model, sum(rollup.unpriced_requests)::bigint,
       sum(rollup.input_tokens + rollup.output_tokens)::bigint
FROM usage_rollup_by_team rollup JOIN usage_facet facet ON facet.id = rollup.facet_id
WHERE rollup.hour >= %(since)s AND rollup.hour <= %(until)s AND rollup.unpriced_requests > 0
  AND facet.provider IS NOT NULL AND facet.model IS NOT NULL
GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT %(most)s
"""
# The rollup says which keys; when they were last refused, only the records do.
REFUSED = """
WITH refused AS MATERIALIZED (
    SELECT facet.virtual_key_id, sum(rollup.refused_by_budget)::bigint AS requests
    FROM usage_rollup_by_key rollup JOIN usage_facet facet ON facet.id = rollup.facet_id
    WHERE rollup.hour >= %(since)s AND rollup.hour <= %(until)s AND rollup.refused_by_budget > 0
      AND facet.virtual_key_id IS NOT NULL
    GROUP BY 1 ORDER BY 2 DESC LIMIT %(most)s
)
SELECT refused.virtual_key_id, refused.requests, latest.at
FROM refused, LATERAL (
    SELECT at FROM usage_usagerecord record
    WHERE record.virtual_key_id = refused.virtual_key_id AND at >= %(since)s AND at <= %(until)s
      AND error_code = 'budget_exceeded'
    ORDER BY at DESC LIMIT 1
) latest
"""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A model that was used and has cost nobody knows what. Its name is without its provider."""

    provider_id: str
    model: str
    requests: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A virtual key that a budget turned away, and when it last did."""

    virtual_key_id: str
    requests: int
    last_at: datetime


def used_without_price(since: datetime, until: datetime) -> Sequence[Unpriced]:
    """In the hours that hold these instants and between, most tokens first."""
    with connection.cursor() as cursor:
        cursor.execute(UNPRICED, _asked(since, until, MODELS_MAX))
        return [Unpriced(*row) for row in cursor.fetchall()]


def refused_by_budget(since: datetime, until: datetime) -> Sequence[Refused]:
    """In the hours that hold these instants and between."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSED, _asked(since, until, KEYS_MAX))
        return [Refused(*row) for row in cursor.fetchall()]


def _asked(since: datetime, until: datetime, most: int) -> dict[str, datetime | int]:
    return {"since": since.replace(minute=0, second=0, microsecond=0), "until": until, "most": most}
