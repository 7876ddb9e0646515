"""What the bench measures over many seeds, held on a few: found, in time, and quiet otherwise."""

from collections.abc import Sequence

import numpy as np
import pytest

from billing.anomalies.events import Event
from billing.anomalies.floors import REQUESTS
from billing.anomalies.grid import Grid
from billing.anomalies.monitor import Monitor, Watch
from billing.anomalies.reports import watch_for
from tests.other_series import SHAPES, series
from tests.seasonal_traffic import HOUR, SLOT_SECONDS, START, WEEK, Label, traffic

HOURS_A_WEEK = 168
QUIET = sorted(set(SHAPES) - {"monthly_batch"})


def events_of(values: Sequence[float], from_week: int) -> list[Event]:
    start = int(START.timestamp())
    grid = Grid.of(start, 3600, values)
    first = start + from_week * HOURS_A_WEEK * 3600
    return [event for event in Monitor(grid, watch_for(grid)).run() if event.at >= first]


@pytest.mark.parametrize(("seed", "begin"), [(33, 13_000), (38, 12_500)])
def test_three_times_the_usual_is_found_within_ten_minutes(seed: int, begin: int) -> None:
    made = traffic(seed, 7, (Label("spike", begin, begin + 2 * HOUR),))
    grid = Grid.of(int(START.timestamp()), SLOT_SECONDS, made.requests[: begin + 2].tolist())

    events = Monitor(grid, Watch(floors=REQUESTS)).run()

    assert [int(event.at - grid.start) // SLOT_SECONDS >= begin for event in events] == [True]
    assert begin > 6 * WEEK


@pytest.mark.parametrize("shape", ["growing", "level"])
def test_three_times_the_usual_is_found_in_series_of_other_shapes(shape: str) -> None:
    for seed in range(2):
        values = series(shape, seed, 8)
        begin = int(np.random.default_rng(seed).integers(6 * HOURS_A_WEEK, 8 * HOURS_A_WEEK - 2))
        values[begin : begin + 2] *= 3
        assert len(events_of(values[: begin + 2].tolist(), 6)) == 1


@pytest.mark.parametrize("shape", QUIET)
def test_series_of_other_shapes_are_quiet(shape: str) -> None:
    assert events_of(series(shape, 0, 9).tolist(), 4) == []


def test_a_large_batch_is_one_event_though_a_week_still_holds_it() -> None:
    values = series("growing", 3, 8)
    values[6 * HOURS_A_WEEK : 6 * HOURS_A_WEEK + 6] += 3000

    assert len(events_of(values.tolist(), 4)) == 1
