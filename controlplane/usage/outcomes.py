"""How a request ended, in one word; as the measures count it (`measures.py`)."""

from enum import StrEnum

from controlplane.usage.models import UsageRecord

CACHE_HITS = ("exact", "semantic")


class Outcome(StrEnum):
    """What the client got."""

    ANSWERED = "answered"
    CACHED = "cached"
    RESCUED = "rescued"
    """Answered, after an attempt that failed."""
    REFUSED = "refused"
    """Turned away before any attempt."""
    FAILED = "failed"


def outcome_of(record: UsageRecord) -> Outcome:
    if record.status >= 400 or record.error_code is not None:
        is_refused = 400 <= record.status < 500 and not record.attempts
        return Outcome.REFUSED if is_refused else Outcome.FAILED
    if record.cache in CACHE_HITS:
        return Outcome.CACHED
    return Outcome.RESCUED if len(record.attempts) > 1 else Outcome.ANSWERED
