"""The detector run over the series of a file, as `manage.py anomaly_report` prints it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypedDict

from billing.anomalies.floors import UNKNOWN
from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid
from billing.anomalies.gridding import Gaps, lay_out
from billing.anomalies.monitor import Monitor, Watch
from billing.anomalies.series_files import SeriesFile, read_series

COUNTS_MIN = 12  # beyond the usual: fewer come by chance
WARM_UP_SHARE = 0.2
YOUNG_SHARE = 0.4
BLOCKS_MIN = 14
DIGITS = 6


class ReportedEvent(TypedDict):
    """`at` is the row that showed it, as written; the numbers are means a row of the window."""

    series: str
    at: str
    kind: str
    severity: str
    expected: float
    observed: float


def report(lines: Iterable[str], gaps: Gaps = Gaps.AUTO) -> tuple[list[ReportedEvent], list[str]]:
    """Events in order of time, and what was wrong with the file, a sentence a line.

    Raises `SeriesFileError` where the file is no such table.
    """
    file = read_series(lines)
    found = sorted(_events(file, gaps), key=lambda pair: (pair[0], pair[1]["series"]))
    return [event for _, event in found], file.problems


def _events(file: SeriesFile, gaps: Gaps) -> Iterator[tuple[float, ReportedEvent]]:
    for name, rows in file.series.items():
        try:
            laid = lay_out(rows, gaps)
        except ValueError as error:
            file.problems.append(f"series {name}: {error}")
            continue
        for event in Monitor(laid.grid, watch_for(laid.grid)).run():
            yield (
                event.at,
                ReportedEvent(
                    series=name,
                    at=laid.text_at(event.at),
                    kind=event.kind.value,
                    severity=event.severity.value,
                    expected=_rounded(event.expected),
                    observed=_rounded(event.observed),
                ),
            )


def watch_for(grid: Grid) -> Watch:
    """Short series are learned from for a fifth of their length, and in shorter blocks."""
    span = len(grid) * grid.step
    return Watch(
        floors=replace(UNKNOWN, excess=COUNTS_MIN * grid.unit),
        warm_up_seconds=min(Watch().warm_up_seconds, WARM_UP_SHARE * span)
        if grid.step < DAY_SECONDS
        else BLOCKS_MIN * grid.step,
        young_seconds=min(Watch().young_seconds, YOUNG_SHARE * span),
        block_seconds=min(DAY_SECONDS, max(HOUR_SECONDS, span / BLOCKS_MIN)),
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
