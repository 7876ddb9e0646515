"""What people said of earlier events: planned is not reported, noise must be louder next time."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from billing.anomalies.floors import Floors
from billing.anomalies.places import Place

NOISE_FACTOR = 1.5
NOISE_LABELS_MAX = 4


class Verdict(StrEnum):
    REAL = "real"
    PLANNED = "planned"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Label:
    """A verdict on a place and all it holds, until an instant; `measure` None: on all of them."""

    place: Place
    verdict: Verdict
    until: float
    measure: str | None = None

    def concerns(self, place: Place, measure: str, at: float) -> bool:
        is_of_it = self.measure is None or self.measure == measure
        return is_of_it and at < self.until and self.place.holds(place)


def is_planned(labels: Iterable[Label], place: Place, measure: str, at: float) -> bool:
    return any(
        label.verdict is Verdict.PLANNED and label.concerns(place, measure, at) for label in labels
    )


def floors_for(
    floors: Floors, labels: Iterable[Label], place: Place, measure: str, at: float
) -> Floors:
    """Higher by half for each time that this very series was called noise."""
    times = sum(
        label.verdict is Verdict.NOISE
        and label.place == place
        and label.concerns(place, measure, at)
        for label in labels
    )
    return floors.raised(NOISE_FACTOR ** min(times, NOISE_LABELS_MAX)) if times else floors
