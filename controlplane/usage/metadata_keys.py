"""Which keys of metadata requests carry, the most used first: what a report can be asked by."""

from django.db import connection

from controlplane.accounts.permissions import Principal

# The newest combinations of what reports group by tell enough, however many there are.
NEWEST = 2000
STATEMENT = """
SELECT key FROM (
    SELECT metadata FROM usage_facet
    WHERE by_key AND metadata <> '{}'
      AND (%(customer)s::text IS NULL OR customer_id = %(customer)s)
      AND (%(team)s::text IS NULL OR team_id = %(team)s)
    ORDER BY since DESC LIMIT %(newest)s
) facet, jsonb_object_keys(metadata) AS key
GROUP BY key ORDER BY count(*) DESC, key LIMIT %(most)s
"""


def used_metadata_keys(viewer: Principal, *, most: int = 12) -> list[str]:
    """At most so many, among the requests that the viewer may see."""
    bounds = {"customer": viewer.customer_id, "team": viewer.team_id}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {**bounds, "newest": NEWEST, "most": most})
        return [key for (key,) in cursor.fetchall()]
