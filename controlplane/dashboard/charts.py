"""A chart is drawn from the table beside it: one source for eye, screen reader, test and canvas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Column:
    """A series. `kind` says how it is drawn, `slot` in which colour (1 to 8, 0: other)."""

    title: str
    kind: str
    slot: int = 1
    url: str | None = None


@dataclass(frozen=True)
class Row:
    """One place of the axis; a value that is None leaves a gap."""

    at: datetime
    title: str
    values: Sequence[Decimal | int | None]
    url: str | None = None
    is_partial: bool = False

    @property
    def epoch(self) -> int:
        return int(self.at.timestamp())


@dataclass(frozen=True)
class Chart:
    """`unit` is usd, count, share or ms; `says` is the chart in a sentence."""

    kind: str
    says: str
    unit: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    timezone: str = "UTC"
    each: str = "day"
    places: int = 2
