"""Events of one series: findings of one cause join, and what is usual again ends."""

from billing.anomalies.events import Event, Finding, Kind
from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS

HIGH = {Kind.SPIKE, Kind.DRIFT}
DRIFT_WAIT_SECONDS = 3 * DAY_SECONDS
EXPLAINED_SECONDS = 28 * DAY_SECONDS


class EventLog:
    """Open and past events of a series that has a slot each `step` seconds, oldest first.

    For `hold_seconds` after it was last seen, the same is no new event. An event is over once it
    was not seen for an hour, a drift after three days.
    """

    def __init__(self, step: int, hold_seconds: float) -> None:
        self.step = step
        self.hold_seconds = max(hold_seconds, 2 * step)
        self.events: list[Event] = []

    def take(self, found: Finding) -> bool:
        """Joins the event that is under way on the same side, or begins one.

        A longer window that still holds what a shorter one had shown says nothing new: False.
        """
        for event in reversed(self.events):
            if (event.kind in HIGH) != (found.kind in HIGH):
                continue
            began = found.at + self.step - found.seconds
            if found.seconds > event.seconds and began <= event.seen_at < found.at:
                return False
            if self.is_under_way(event, found.at):
                event.add(found)
                return True
        self.events.append(Event.of(found, self.step))
        return True

    def take_drift(self, found: Finding) -> None:
        """A drift is news only where no earlier event explains it: one rise is one event."""
        is_explained = any(
            event.kind in HIGH
            and not self.is_under_way(event, found.at)
            and event.seen_at > found.at - EXPLAINED_SECONDS
            for event in self.events
        )
        if not is_explained:
            self.take(found)

    def settle(self, at: float) -> None:
        """Ends what was not seen for long enough by the slot at `at`."""
        for event in self.events[-2:]:
            wait = DRIFT_WAIT_SECONDS if event.kind is Kind.DRIFT else HOUR_SECONDS
            if event.is_open and at - event.seen_at >= max(wait, self.step):
                event.until = at

    def is_under_way(self, event: Event, at: float) -> bool:
        return event.is_open or at - event.seen_at <= self.hold_seconds

    @property
    def is_open(self) -> bool:
        return any(event.is_open for event in self.events[-2:])

    def last(self, at: float) -> Event | None:
        """The newest event, if it is under way."""
        newest = self.events[-1] if self.events else None
        return newest if newest is not None and self.is_under_way(newest, at) else None
