"""When a series rests by habit: whether its being silent says anything."""

from collections import deque
from collections.abc import Collection

from billing.anomalies.grid import DAY_SECONDS
from billing.anomalies.scales import SILENT_SHARE
from billing.anomalies.seasons import median

KNOWN_SECONDS = 14 * DAY_SECONDS
REMEMBERED_DAYS = 42
RESTS_MAX = 1
HOURS_MIN = 24


class Rests:
    """Days on which a series was silent though that was not usual."""

    def __init__(self) -> None:
        self.days: deque[int] = deque(maxlen=REMEMBERED_DAYS)

    def add(self, at: float) -> None:
        day = int(at // DAY_SECONDS)
        if not self.days or self.days[-1] != day:
            self.days.append(day)

    def is_news(self, at: float, history_seconds: float, hours: Collection[float]) -> bool:
        """Whether two weeks are known, or it never rested yet; and not twice of late."""
        today = int(at // DAY_SECONDS)
        begun = [day for day in self.days if day - 1 not in self.days]
        if sum(today - REMEMBERED_DAYS < day < today for day in begun) > RESTS_MAX:
            return False
        return history_seconds >= KNOWN_SECONDS or _never_rests(hours)


def _never_rests(hours: Collection[float]) -> bool:
    ordered = sorted(hours)
    if len(ordered) < HOURS_MIN:
        return False
    return ordered[len(ordered) // 20] > 4 * SILENT_SHARE * median(ordered)
