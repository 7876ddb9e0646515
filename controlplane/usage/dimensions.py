"""What a report may group by, and the SQL for it.

Records and facets of the rollup have the same columns, so that one expression serves both. What
depends on the time is an expression over an instant: a record's, or the start of a rollup's hour.
"""

from collections.abc import Sequence

from controlplane.errors import invalid
from controlplane.usage.filters import COLUMNS, metadata_text
from controlplane.usage.fragments import Sql
from controlplane.usage.parameters import METADATA_PREFIX, metadata_key

DIMENSIONS_MAX = 6

# Texts are ordered by their bytes, so that a report reads the same on every server.
PLAIN = {
    **{name: f'{column} COLLATE "C"' for name, column in COLUMNS.items()},
    "status": "status",
}
# These take the time zone as their parameter.
CALENDAR = {
    "day": "({at} AT TIME ZONE %s)::date",
    "month": "date_trunc('month', {at} AT TIME ZONE %s)::date",
    "hour": "date_trunc('hour', {at}, %s)",
}
KNOWN_DIMENSIONS = (*PLAIN, *CALENDAR)


def read_dimensions(group_by: Sequence[str]) -> tuple[str, ...]:
    """Dimensions from texts like `customer,day,metadata.KEY`."""
    names = tuple(name.strip() for text in group_by for name in text.split(",") if text)
    for name in names:
        if name.startswith(METADATA_PREFIX):
            metadata_key(name)
        elif name not in KNOWN_DIMENSIONS:
            known = ", ".join([*KNOWN_DIMENSIONS, f"{METADATA_PREFIX}KEY"])
            raise invalid("group_by", f"Must be some of {known}.")
    if len(set(names)) != len(names) or len(names) > DIMENSIONS_MAX:
        raise invalid("group_by", f"Must name each dimension once, and at most {DIMENSIONS_MAX}.")
    return names


def expression(dimension: str, timezone: str, *, at: str = "at") -> Sql:
    """The dimension's value; `at` is what the instant is called."""
    if dimension in CALENDAR:
        return Sql(CALENDAR[dimension].format(at=at), (timezone,))
    if dimension in PLAIN:
        return Sql(PLAIN[dimension])
    value = metadata_text(metadata_key(dimension))
    return Sql(f'{value.text} COLLATE "C"', value.parameters)


def metadata_keys(dimensions: Sequence[str]) -> set[str]:
    return {metadata_key(name) for name in dimensions if name.startswith(METADATA_PREFIX)}
