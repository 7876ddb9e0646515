"""A run over many series: few are looked at closely, and none too few."""

import time

from billing.anomalies.detection import Series, detect
from billing.anomalies.grid import Grid
from billing.anomalies.labels import Label, Verdict
from billing.anomalies.places import Place
from billing.anomalies.screening import Glance
from tests.unit.anomalies.series import counts, office

WEEK, DAY, HOUR = 2016, 288, 12
SIZE = 3 * WEEK + 12 * HOUR


def series_of(name: str, grid: Grid, measure: str = "requests") -> Series:
    place = Place.of(customer="acme", virtual_key=name)
    return Series(place, measure, glance_at(grid), lambda: grid)


def glance_at(grid: Grid) -> Glance:
    def total(ago: int, slots: int) -> float:
        end = len(grid) - ago
        return grid.sums[end] - grid.sums[end - slots]

    return Glance(
        recent={minutes: total(0, minutes // 5) for minutes in (5, 15, 60)},
        weeks=[total(week * WEEK, HOUR) for week in (1, 2)],
        days=[total(day * DAY, HOUR) for day in range(1, 8)],
        spans=[(total(0, DAY), total(WEEK, DAY))],
    )


def spiking(seed: int) -> Grid:
    return counts(seed, lambda at: 100 * office(at) * (3 if at >= SIZE - 3 else 1), SIZE)


def now_of(grid: Grid) -> float:
    return grid.start + len(grid) * grid.step


def test_finds_the_one_of_ten_that_has_tripled() -> None:
    usual = [series_of(f"k{n}", counts(n, lambda at: 100 * office(at), SIZE)) for n in range(9)]
    odd = spiking(10)

    (cause,) = detect([*usual, series_of("odd", odd)], now_of(odd))

    assert cause.place.ids()["virtual_key"] == "odd"


def test_what_was_planned_is_not_told() -> None:
    odd = spiking(10)
    label = Label(Place.of(customer="acme"), Verdict.PLANNED, until=now_of(odd) + 3600)

    assert detect([series_of("odd", odd)], now_of(odd), labels=[label]) == []


def test_ten_thousand_usual_series_take_a_moment() -> None:
    grid = counts(1, lambda at: 100 * office(at), SIZE)
    one = series_of("k", grid)

    begun = time.perf_counter()
    causes = detect([one] * 10_000, now_of(grid))

    assert causes == []
    assert time.perf_counter() - begun < 2
