"""A run over many series: few are looked at closely, and none too few."""

import time

from billing.anomalies.detection import Series, detect
from billing.anomalies.grid import Grid
from billing.anomalies.labels import Label, Verdict
from billing.anomalies.places import Place
from tests.unit.anomalies.series import counts, office

WEEK = 2016
HOURS_BEFORE = 24  # slots


def series_of(name: str, grid: Grid, measure: str = "requests") -> Series:
    values = [after - before for before, after in zip(grid.sums, grid.sums[1:], strict=False)]
    whole = len(values) - HOURS_BEFORE
    hours = [sum(values[at : at + 12]) for at in range(0, whole, 12)]
    place = Place.of(customer="acme", virtual_key=name)
    return Series(place, measure, hours, values[whole:], lambda: grid)


def spiking(seed: int, size: int) -> Grid:
    return counts(seed, lambda at: 100 * office(at) * (3 if at >= size - 3 else 1), size)


def now_of(grid: Grid) -> float:
    return grid.start + len(grid) * grid.step


def test_finds_the_one_of_ten_that_has_tripled() -> None:
    size = 3 * WEEK + 12 * 12
    usual = [series_of(f"k{n}", counts(n, lambda at: 100 * office(at), size)) for n in range(9)]
    odd = spiking(10, size)

    (cause,) = detect([*usual, series_of("odd", odd)], now_of(odd))

    assert cause.place.ids()["virtual_key"] == "odd"


def test_what_was_planned_is_not_told() -> None:
    odd = spiking(10, 3 * WEEK + 12 * 12)
    label = Label(Place.of(customer="acme"), Verdict.PLANNED, until=now_of(odd) + 3600)

    assert detect([series_of("odd", odd)], now_of(odd), labels=[label]) == []


def test_a_thousand_usual_series_take_a_moment() -> None:
    grid = counts(1, lambda at: 100 * office(at), 3 * WEEK + 12 * 12)
    one = series_of("k", grid)

    begun = time.perf_counter()
    causes = detect([one] * 1_000, now_of(grid))

    assert causes == []
    assert time.perf_counter() - begun < 2
