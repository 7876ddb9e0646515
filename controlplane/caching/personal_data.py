"""What is held of cached answers: all of it goes."""

from controlplane.caching import services
from controlplane.caching.models import CacheEntry, CacheEvidence
from controlplane.personal_data import Batches, Erasing, Holding


def _erase(erasing: Erasing) -> Batches:
    return services.purge_until(customer_id=erasing.customer_id, until=erasing.until)


_HIDDEN = ("fingerprint", "sealed", "scope", "embedding", "question_sealed")

HOLDINGS = (
    Holding("cache-entries", CacheEntry, erase=_erase, is_late=True, hidden=_HIDDEN),
    Holding("cache-evidence", CacheEvidence),
)
