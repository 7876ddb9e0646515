"""Which usage records a question is about, and the SQL condition that says so.

Every value is a bound parameter; the only text that varies in a condition is chosen from the
tables below. A field given several values takes any of them; different fields must all hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from controlplane.usage.fragments import TRUE, Sql, joined

COLUMNS = {
    "customer": "customer_id",
    "team": "team_id",
    "virtual_key": "virtual_key_id",
    "provider": "provider",
    "model": "model",
    "status": "status",
    "cache": "cache",
    "endpoint": "endpoint",
}
UNSET = ""  # as a value: the field is empty


@dataclass(frozen=True, kw_only=True)
class RecordFilter:
    """Conditions on usage records; `start` is included, `end` is not.

    `only_customer` and `only_team` are the viewer's own bounds and hold whatever else is asked for.
    """

    fields: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    timezone: str = "UTC"
    only_customer: str | None = None
    only_team: str | None = None


# What customers call their old codes today; read once a statement, whatever the number of rows.
RENAMED = """COALESCE((
    SELECT jsonb_object_agg(customer_id, renames) FROM metadata_rules_metadatarule
    WHERE key = %s::text AND renames <> '{}'
) #>> ARRAY[customer_id, metadata ->> %s::text], NULLIF(metadata ->> %s::text, ''))"""


def metadata_said(key: str) -> Sql:
    """The text of a metadata key as the record has it, null where it is missing or empty."""
    return Sql("NULLIF(metadata ->> %s::text, '')", (key,))


def metadata_text(key: str) -> Sql:
    """The text of a metadata key under the name it has today."""
    return Sql(RENAMED, (key, key, key))


def condition(records: RecordFilter) -> Sql:
    """What has to hold for a record of the filter."""
    clauses = [_one_of(Sql(COLUMNS[name]), values) for name, values in records.fields.items()]
    clauses += [_says_one_of(key, values) for key, values in records.metadata.items()]
    if records.start is not None:
        clauses.append(Sql("at >= %s", (records.start,)))
    if records.end is not None:
        clauses.append(Sql("at < %s", (records.end,)))
    if records.only_customer is not None:
        clauses.append(Sql("customer_id = %s", (records.only_customer,)))
    if records.only_team is not None:
        clauses.append(Sql("team_id = %s", (records.only_team,)))
    return _in_parentheses(joined(" AND ", clauses)) if clauses else TRUE


def _says_one_of(key: str, wanted: Sequence[str]) -> Sql:
    """By today's name or by the old one, under which reports show nothing any more."""
    found = [_one_of(metadata_text(key), wanted)]
    if given := [each for each in wanted if each != UNSET]:
        found.append(_one_of(metadata_said(key), given))
    return _in_parentheses(joined(" OR ", found))


def _one_of(value: Sql, wanted: Sequence[str | int]) -> Sql:
    """A single text is compared with `=`, since only then an index gives the rows in order."""
    given = [each for each in wanted if each != UNSET]
    alternatives = []
    if len(given) == 1:
        alternatives.append(Sql(f"{value.text} = %s", (*value.parameters, given[0])))
    elif given:
        alternatives.append(Sql(f"{value.text} = ANY (%s)", (*value.parameters, given)))
    if UNSET in wanted:
        alternatives.append(Sql(f"{value.text} IS NULL", value.parameters))
    return _in_parentheses(joined(" OR ", alternatives))


def _in_parentheses(piece: Sql) -> Sql:
    return Sql(f"({piece.text})", piece.parameters)
