"""A filter narrowed to some values of a dimension."""

from collections.abc import Sequence
from dataclasses import replace

from controlplane.usage.filters import UNSET, RecordFilter
from controlplane.usage.parameters import METADATA_PREFIX


def only(records: RecordFilter, dimension: str, values: Sequence[str | int | None]) -> RecordFilter:
    """Records with one of the values; None asks for those that have none."""
    wanted = tuple(UNSET if value is None else value for value in values)
    if dimension.startswith(METADATA_PREFIX):
        key, texts = dimension.removeprefix(METADATA_PREFIX), tuple(map(str, wanted))
        return replace(records, metadata={**records.metadata, key: texts})
    return replace(records, fields={**records.fields, dimension: wanted})
