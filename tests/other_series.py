"""Series of other shapes than `seasonal_traffic` makes: what those who know one kind get wrong.

Each is hourly or in slots of five minutes over some weeks, with nothing done to it: values alone.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Dice = np.random.Generator
HOURS_A_WEEK = 168


def heavy_tailed(dice: Dice, weeks: int) -> Floats:
    """Costs of few requests an hour, each from a law without a variance to speak of."""
    counts = dice.poisson(40 * _day(weeks))
    return np.array([dice.pareto(2.2, int(n)).sum() for n in counts])


def weekly_batch(dice: Dice, weeks: int) -> Floats:
    """Little, and each Sunday night four hours of a great deal."""
    hours = np.arange(weeks * HOURS_A_WEEK)
    is_batch = (hours % HOURS_A_WEEK >= 6 * 24 + 1) & (hours % HOURS_A_WEEK < 6 * 24 + 5)
    return dice.poisson(20 + 2000 * is_batch).astype(float)


def weekends_only(dice: Dice, weeks: int) -> Floats:
    hours = np.arange(weeks * HOURS_A_WEEK)
    return dice.poisson(300 * _day(weeks) * (hours // 24 % 7 >= 5)).astype(float)


def sparse(dice: Dice, weeks: int) -> Floats:
    return dice.poisson(0.3, weeks * HOURS_A_WEEK).astype(float)


def monthly_batch(dice: Dice, weeks: int) -> Floats:
    """Six hours on each thirtieth day."""
    hours = np.arange(weeks * HOURS_A_WEEK)
    is_batch = (hours % 720 >= 2) & (hours % 720 < 8)
    return dice.poisson(100 * _day(weeks) + 3000 * is_batch).astype(float)


def growing(dice: Dice, weeks: int) -> Floats:
    """By a twentieth a week."""
    hours = np.arange(weeks * HOURS_A_WEEK)
    return dice.poisson(200 * _day(weeks) * 1.05 ** (hours / HOURS_A_WEEK)).astype(float)


def bursty(dice: Dice, weeks: int) -> Floats:
    """A few hours of work now and then, at no particular time."""
    size = weeks * HOURS_A_WEEK
    is_on = np.repeat(dice.random(size // 3 + 1) < 0.15, 3)[:size]
    return dice.poisson(2 + is_on * dice.lognormal(5, 0.6, size)).astype(float)


def level(dice: Dice, weeks: int) -> Floats:
    """What people measure of machines: a level with a slight day and slow noise."""
    size = weeks * HOURS_A_WEEK
    slow = np.convolve(dice.normal(0, 1, size + 24), np.ones(24) / 24, "valid")[:size]
    return np.round(50 + 5 * _day(weeks) + 6 * slow + dice.normal(0, 1.5, size), 2)


SHAPES: dict[str, Callable[[Dice, int], Floats]] = {
    each.__name__: each
    for each in (
        heavy_tailed, weekly_batch, weekends_only, sparse, monthly_batch, growing, bursty, level,
    )
}  # fmt: skip
STEADY = ("growing", "weekends_only", "level")


def series(shape: str, seed: int, weeks: int = 12) -> Floats:
    """Hourly values."""
    return SHAPES[shape](np.random.default_rng(seed), weeks)


def _day(weeks: int) -> Floats:
    """Between nearly nothing at night and one by day, for each hour."""
    hours = np.arange(weeks * HOURS_A_WEEK) % 24
    shape: Floats = 0.1 + 0.9 * np.exp(-((hours - 14) ** 2) / 18)
    return shape
