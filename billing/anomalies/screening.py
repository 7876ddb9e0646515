"""The cheap first look: which of many series may be unusual at all, by a handful of sums.

What is below the floors against earlier weeks (earlier days, where no two weeks are known) is not
looked at more closely, nor what is within what counts stray by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from billing.anomalies.floors import Floors
from billing.anomalies.scales import SILENT_SHARE
from billing.anomalies.seasons import median

MINUTES_AN_HOUR = 60
WEEKS_KNOWN = 2
DEVIATIONS = 2.5
SILENT_HOUR_MIN = 40  # units that an hour must have for its silence to say something


@dataclass(frozen=True, slots=True)
class Glance:
    """A few sums of one series; of a ratio, means.

    `recent` maps the minutes of windows that end now to what they hold. `weeks` are sums of the
    same hour in earlier weeks, `days` in earlier days, where there was anything; `spans` are pairs
    of a day or more and the same before. `unit` is what one request adds.
    """

    recent: dict[int, float]
    weeks: Sequence[float]
    days: Sequence[float]
    spans: Sequence[tuple[float, float]] = ()
    unit: float = 1.0


def may_be_unusual(glance: Glance, floors: Floors) -> bool:
    """Whether a closer look is worth its time."""
    usual = _usual(glance)
    hour = glance.recent.get(MINUTES_AN_HOUR, 0.0)
    if (
        not floors.is_mean
        and usual > SILENT_HOUR_MIN * glance.unit
        and hour <= SILENT_SHARE * usual
    ):
        return True
    for minutes, total in glance.recent.items():
        share = 1.0 if floors.is_mean else minutes / MINUTES_AN_HOUR
        if _stands_out(total, usual * share, floors, glance.unit):
            return True
    return any(_stands_out(later, before, floors, glance.unit) for later, before in glance.spans)


def excess(glance: Glance) -> float:
    """By how much the last hour is beyond the usual, either way: what is looked at first."""
    return abs(glance.recent.get(MINUTES_AN_HOUR, 0.0) - _usual(glance))


def _usual(glance: Glance) -> float:
    """Of an hour now: by weeks, or else by days, or nothing."""
    known = glance.weeks if len(glance.weeks) >= WEEKS_KNOWN else glance.days
    return median(list(known)) if known else 0.0


def _stands_out(total: float, usual: float, floors: Floors, unit: float) -> bool:
    if floors.is_mean:
        return usual > 0 and (total >= floors.ratio * usual or total <= usual / floors.ratio)
    is_high = total >= floors.ratio * usual and total - usual > floors.excess
    strays = (sqrt(max(total, 0.0)) - sqrt(max(usual, 0.0))) * 2 / sqrt(unit) if unit > 0 else 99.0
    return is_high and strays >= DEVIATIONS
