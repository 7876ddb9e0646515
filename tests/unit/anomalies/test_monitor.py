"""What a single series shows: spikes, silence, drift; and what is only its habit."""

import random

from billing.anomalies.events import Event, Kind
from billing.anomalies.grid import Grid
from billing.anomalies.monitor import Monitor
from billing.anomalies.reports import watch_for
from tests.unit.anomalies.series import counts, grid, office

WEEK = 2016
HOURS_A_WEEK = 168


def events(series: Grid) -> list[Event]:
    return Monitor(series, watch_for(series)).run()


def slot_of(event: Event, series: Grid) -> int:
    return int((event.at - series.start) // series.step)


def test_says_nothing_of_weeks_that_are_as_usual() -> None:
    assert events(counts(1, lambda slot: 200 * office(slot), 4 * WEEK)) == []


def test_sees_three_times_the_usual_within_ten_minutes_by_day() -> None:
    begin = 3 * WEEK + 130
    spike = range(begin, begin + 24)
    series = counts(2, lambda slot: 200 * office(slot) * (3 if slot in spike else 1), 4 * WEEK)

    (event,) = events(series)

    assert event.kind is Kind.SPIKE
    assert begin <= slot_of(event, series) <= begin + 1
    assert event.until is not None


def test_sees_at_night_what_would_be_little_by_day() -> None:
    begin = 3 * WEEK + 20
    spike = range(begin, begin + 24)
    series = counts(3, lambda slot: 200 * office(slot) * (4 if slot in spike else 1), 4 * WEEK)

    assert [event.kind for event in events(series)] == [Kind.SPIKE]


def test_a_lasting_new_level_is_one_event() -> None:
    series = counts(4, lambda slot: 100 * (3 if slot > 3 * WEEK else 1), 5 * WEEK)

    assert [event.kind for event in events(series)] == [Kind.SPIKE]


def test_sees_that_a_busy_series_falls_silent() -> None:
    begin = 3 * HOURS_A_WEEK + 9
    silent = range(begin, begin + 8)
    rate = lambda slot: 0 if slot in silent else 500 * office(slot, 3600)  # noqa: E731
    series = counts(5, rate, 4 * HOURS_A_WEEK, 3600)

    (event,) = events(series)

    assert event.kind is Kind.SILENCE
    assert slot_of(event, series) <= begin + 2


def test_a_weekend_without_a_request_is_no_silence() -> None:
    rate = lambda slot: 0 if slot // 24 % 7 >= 5 else 500 * office(slot, 3600)  # noqa: E731

    assert events(counts(6, rate, 5 * HOURS_A_WEEK, 3600)) == []


def test_sees_a_slow_drift_that_no_day_shows() -> None:
    begin = 4 * HOURS_A_WEEK
    rise = lambda slot: 1 + 2 * min(1, max(0, slot - begin) / (18 * 24))  # noqa: E731
    series = counts(7, lambda slot: 500 * office(slot, 3600) * rise(slot), 8 * HOURS_A_WEEK, 3600)

    (event,) = events(series)

    assert event.kind is Kind.DRIFT
    assert begin < slot_of(event, series) < begin + 18 * 24


def test_a_job_each_night_is_usual() -> None:
    job = lambda slot: 2 + (300 if 24 <= slot % 288 < 30 else 0)  # noqa: E731

    assert events(counts(8, job, 4 * WEEK)) == []


def test_a_job_each_week_is_usual_once_it_came_twice() -> None:
    job = lambda slot: 20 + (300 if 700 <= slot % WEEK < 712 else 0)  # noqa: E731
    series = counts(9, job, 6 * WEEK)

    assert all(slot_of(event, series) < 2 * WEEK for event in events(series))


def test_summer_time_moves_the_day_without_an_event() -> None:
    sunday = 8 * WEEK + 6 * 288 + 84  # 8 March: clocks go forward in New York
    moved = lambda slot: 300 * office(slot + (12 if slot >= sunday else 0))  # noqa: E731

    assert events(counts(10, moved, 10 * WEEK)) == []


def test_nothing_that_comes_later_changes_what_was_said() -> None:
    series = counts(11, lambda slot: 80 * office(slot) * (1 + (slot % 977 == 0)), 3 * WEEK)
    watch = watch_for(series)
    full = Monitor(series, watch).run()
    for end in (2 * WEEK, 2 * WEEK + 1234):
        cut = Grid(series.start, 300, series.sums[: end + 1], series.counts[: end + 1], 1.0, False)
        before = series.start + end * 300
        shown = [(each.kind, each.at) for each in Monitor(cut, watch).run()]
        assert shown == [(each.kind, each.at) for each in full if each.at < before]


def test_a_level_may_also_drop() -> None:
    dice = random.Random(12)
    values: list[float | None] = [80 + dice.gauss(0, 1) for _ in range(2 * WEEK)]
    values[3000:3100] = [55.0] * 100

    assert [event.kind for event in events(grid(values))] == [Kind.DROP]


def test_days_alone_show_a_day_that_is_three_times_the_usual() -> None:
    dice = random.Random(13)
    values: list[float | None] = [round(100 * dice.gauss(1, 0.1), 2) for _ in range(200)]
    values[150] = 300.0
    series = grid(values, 86_400)

    assert [slot_of(event, series) for event in events(series)] == [150]
