"""A filter as the bar's form sends it, `add=model&value=gpt-4o`, turned into the grammar's own.

The form has one field for any dimension, and needs no script.
"""

from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import DIMENSIONS
from controlplane.usage.parameters import METADATA_PREFIX

METADATA = "metadata"


def with_added(query: Query) -> Query | None:
    """The query with what the form adds; None when it adds nothing."""
    if "add" not in query:
        return None
    name, value = query.first("add"), query.first("value").strip()
    rest = query.having({"add": None, "value": None})
    if name == METADATA:
        key, equals, value = value.partition("=")
        return rest.adding(f"{METADATA_PREFIX}{key.strip()}", value.strip()) if equals else rest
    return rest.adding(name, value) if name in DIMENSIONS and value else rest
