"""How long to wait before a process that died is started again."""

from dataclasses import dataclass


@dataclass
class Backoff:
    """Doubles the wait with every death, and forgets them once a process lived for a while."""

    first_seconds: float = 0.2
    seconds_max: float = 30.0
    healthy_after_seconds: float = 60.0
    _next_seconds: float | None = None

    def after(self, lived_seconds: float) -> float:
        """The wait after a process that lived for `lived_seconds`."""
        if self._next_seconds is None or lived_seconds >= self.healthy_after_seconds:
            self._next_seconds = self.first_seconds
        wait = self._next_seconds
        self._next_seconds = min(2 * wait, self.seconds_max)
        return wait
