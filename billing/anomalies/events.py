"""An event: something unusual in one series, from when it was seen until it was over."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    SPIKE = "spike"
    DROP = "drop"
    DRIFT = "drift"
    SILENCE = "silence"
    RETRY_STORM = "retry_storm"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


CRITICAL_RATIO = 5.0
WARNING_RATIO = 1.8
CRITICAL_SILENCE_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Finding:
    """One unusual window. Instants are seconds since 1970; means are a slot of the series."""

    kind: Kind
    at: float  # the last slot of the window: the one that showed it
    seconds: float  # how long the window is
    expected: float
    observed: float


@dataclass(slots=True)
class Event:
    """Findings of one cause. `expected` and `observed` are of the window furthest off so far."""

    kind: Kind
    at: float
    since: float
    seen_at: float
    expected: float
    observed: float
    until: float | None = None
    seconds: float = 0.0  # of the window that first showed it

    @classmethod
    def of(cls, found: Finding, step: float) -> "Event":
        since = found.at + step - found.seconds
        event = cls(found.kind, found.at, since, found.at, found.expected, found.observed)
        event.seconds = found.seconds
        return event

    def add(self, found: Finding) -> None:
        """The same again: it lasts, and may be worse."""
        self.seen_at, self.until = found.at, None
        if abs(found.observed - found.expected) > abs(self.observed - self.expected):
            self.expected, self.observed = found.expected, found.observed

    @property
    def is_open(self) -> bool:
        return self.until is None

    @property
    def severity(self) -> Severity:
        """By how many times the usual it is; silence by how long it has lasted."""
        if self.kind is Kind.SILENCE:
            lasting = self.seen_at - self.since >= CRITICAL_SILENCE_SECONDS
            return Severity.CRITICAL if lasting else Severity.WARNING
        ratio = _ratio(self.expected, self.observed)
        if self.kind is not Kind.DRIFT and ratio >= CRITICAL_RATIO:
            return Severity.CRITICAL
        return Severity.WARNING if ratio >= WARNING_RATIO else Severity.INFO


def _ratio(expected: float, observed: float) -> float:
    less, more = sorted((abs(expected), abs(observed)))
    return more / less if less > 0 else float("inf")
