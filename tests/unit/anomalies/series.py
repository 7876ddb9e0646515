"""Short series to judge, made of a rule a slot."""

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from billing.anomalies.grid import Grid

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR_SECONDS = 3600


def counts(seed: int, rate: Callable[[int], float], size: int, step: int = 300) -> Grid:
    """Counts around a rate, as independent requests make them."""
    dice = random.Random(seed)
    return grid([_poisson(dice, rate(slot)) for slot in range(size)], step)


def grid(values: list[float | None], step: int = 300) -> Grid:
    return Grid.of(int(MONDAY.timestamp()), step, values)


def office(slot: int, step: int = 300) -> float:
    """Between 0.1 at night and 1.1 at noon; less at weekends."""
    at = MONDAY + timedelta(seconds=slot * step)
    share = 0.3 if at.weekday() >= 5 else 1.0
    return share * (0.1 + math.exp(-((at.hour + at.minute / 60 - 13) ** 2) / 12))


def csv_lines(name: str, values: list[float | None], step: int = HOUR_SECONDS) -> list[str]:
    """Rows of a file; None has none."""
    return [
        f"{name},{(MONDAY + timedelta(seconds=step * slot)).isoformat()},{value}\n"
        for slot, value in enumerate(values)
        if value is not None
    ]


def _poisson(dice: random.Random, mean: float) -> float:
    return float(max(0, round(dice.gauss(mean, math.sqrt(max(mean, 1e-9))))))
