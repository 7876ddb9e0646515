"""What is held of usage. Amounts, tokens, times and ids are the books: they stay."""

from datetime import UTC, datetime, timedelta

from controlplane.personal_data import Batches, Erasing, Holding, Retention
from controlplane.usage.forgetting import forget_metadata
from controlplane.usage.models import BookedRequest, UsageRecord

TICK = timedelta(microseconds=1)


def _erase(erasing: Erasing) -> Batches:
    return forget_metadata(until=erasing.until, customer_id=erasing.customer_id)


def _forget(older_than: datetime, _: int) -> Batches:
    """Whole hours, so that the rollup goes on telling the next one apart."""
    hour = older_than.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return forget_metadata(until=hour - TICK)


HOLDINGS = (Holding("usage", UsageRecord, erase=_erase, is_late=True, also=(BookedRequest,)),)
RETENTIONS = (Retention("usage_metadata", _forget),)
