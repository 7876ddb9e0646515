"""What is held of cached answers: all of it goes."""

from controlplane.caching import services
from controlplane.caching.models import CacheEntry, CacheEvidence, CacheOutcome
from controlplane.personal_data import Batches, Erasing, Holding


def _erase(erasing: Erasing) -> Batches:
    return services.purge_until(customer_id=erasing.customer_id, until=erasing.until)


def _forget(what: str, erasing: Erasing) -> Batches:
    """The namespaces in it may be names of people."""
    yield services.forget_measured(what=what, customer_id=erasing.customer_id, until=erasing.until)


def _erase_evidence(erasing: Erasing) -> Batches:
    return _forget("evidence", erasing)


def _erase_outcomes(erasing: Erasing) -> Batches:
    return _forget("outcomes", erasing)


_HIDDEN = ("fingerprint", "sealed", "scope", "embedding", "question_sealed")

HOLDINGS = (
    Holding("cache-entries", CacheEntry, erase=_erase, is_late=True, hidden=_HIDDEN),
    Holding("cache-evidence", CacheEvidence, erase=_erase_evidence),
    Holding("cache-outcomes", CacheOutcome, erase=_erase_outcomes),
)
