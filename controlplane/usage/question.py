"""What is asked of the usage records: which of them, by which dimensions, which measures."""

from dataclasses import dataclass, replace

from controlplane.usage import measures
from controlplane.usage.dimensions import CALENDAR, expression, metadata_keys
from controlplane.usage.filters import RecordFilter
from controlplane.usage.fragments import Sql


@dataclass(frozen=True)
class Question:
    """What is asked: which records, by which dimensions, and which measures of them."""

    records: RecordFilter
    dimensions: tuple[str, ...]
    measured: tuple[str, ...] = measures.ALL

    def keys(self, *, at: str = "at") -> dict[str, Sql]:
        """The dimensions' values by the names of their columns."""
        return {
            f"key_{position}": expression(dimension, self.records.timezone, at=at)
            for position, dimension in enumerate(self.dimensions)
        }

    def calendar_keys(self, at: str) -> dict[str, Sql]:
        """Those that depend on the time, over the hours or the days of a rollup."""
        keys = zip(self.keys(at=at).items(), self.dimensions, strict=True)
        return {name: key for (name, key), dimension in keys if dimension in CALENDAR}

    @property
    def metadata_keys(self) -> list[str]:
        return sorted({*self.records.metadata, *metadata_keys(self.dimensions)})

    @property
    def is_by_key(self) -> bool:
        asked = {*self.dimensions, *self.records.fields}
        return "virtual_key" in asked or bool(self.metadata_keys)

    @property
    def is_by_time(self) -> bool:
        """Whether nothing but the time tells its groups apart, so that no facet has to be known."""
        by_facet = set(self.dimensions) - set(CALENDAR) or set(self.measured) & {
            *measures.OF_FACETS
        }
        return not by_facet and not self.metadata_keys

    @property
    def detail(self) -> str:
        """Of the daily rollup, the least that tells apart what is asked."""
        if not self.is_by_key:
            is_by_team = "team" in {*self.dimensions, *self.records.fields}
            return "team" if is_by_team or self.records.only_team is not None else "customer"
        return "metadata" if self.metadata_keys else "key"

    @property
    def timeless(self) -> RecordFilter:
        return replace(self.records, start=None, end=None)
