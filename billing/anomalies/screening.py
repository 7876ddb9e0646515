"""The cheap first look: which of many series may be unusual at all, from hours alone.

What is below the floors against earlier weeks (earlier days, where no two weeks are known) is not
looked at more closely.
"""

from collections.abc import Sequence

from billing.anomalies.floors import Floors
from billing.anomalies.scales import SILENT_SHARE
from billing.anomalies.seasons import median

HOURS_A_DAY, HOURS_A_WEEK = 24, 168
SLOTS_AN_HOUR = 12
WINDOWS_SLOTS = (1, 3, 24)
WEEKS_KNOWN = 2


def may_be_unusual(hours: Sequence[float], recent: Sequence[float], floors: Floors) -> bool:
    """`hours` are sums of whole hours, oldest first; `recent` the slots of five minutes since.

    `recent` begins at least two hours before now, where `hours` ends. Of a ratio both are means.
    """
    if not hours:
        return False
    if floors.is_mean:
        recent = [mean / SLOTS_AN_HOUR for mean in recent]
    least, most = _usual(hours, 1 + len(recent) // SLOTS_AN_HOUR)
    for slots in WINDOWS_SLOTS:
        total, share = sum(recent[-slots:]), slots / SLOTS_AN_HOUR
        if total >= floors.ratio * least * share and total - least * share > floors.excess:
            return True
    if sum(recent[-SLOTS_AN_HOUR:]) <= SILENT_SHARE * most and most > 0:
        return True
    return _day_may_be(hours, recent, floors)


def _usual(hours: Sequence[float], ahead: int) -> tuple[float, float]:
    """The least and the most that is usual in an hour now: by weeks, or else by days or none."""
    size = len(hours)
    now = size - 1 + ahead
    weeks = [hours[at] for at in range(now - HOURS_A_WEEK, -1, -HOURS_A_WEEK)[:5] if at < size]
    if len(weeks) >= WEEKS_KNOWN:
        usual = median(weeks)
        return usual, usual
    days = [hours[at] for at in range(now - HOURS_A_DAY, -1, -HOURS_A_DAY)[:7] if at < size]
    guesses = [median(each) for each in (days, list(hours[-HOURS_A_DAY:])) if each]
    return min(guesses), max(guesses)


def _day_may_be(hours: Sequence[float], recent: Sequence[float], floors: Floors) -> bool:
    """A day against the same a week before, or against the day before."""
    rest = HOURS_A_DAY - len(recent) // SLOTS_AN_HOUR
    total = sum(hours[-rest:]) + sum(recent)
    back = HOURS_A_WEEK if len(hours) >= HOURS_A_WEEK + rest else HOURS_A_DAY
    begin = len(hours) - rest - back
    earlier = sum(hours[max(0, begin) : begin + HOURS_A_DAY])
    return total >= floors.ratio * earlier and total - earlier > floors.excess
