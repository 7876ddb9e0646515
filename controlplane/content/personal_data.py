"""What is held of content: all of it goes."""

from datetime import datetime
from typing import Any

from controlplane.content import queries, services
from controlplane.content.models import StoredContent
from controlplane.errors import Conflict
from controlplane.personal_data import Batches, Erasing, Holding, Retention


def _erase(erasing: Erasing) -> Batches:
    return services.delete_content(until=erasing.until, customer_id=erasing.customer_id)


def _forget(older_than: datetime, _: int) -> Batches:
    return services.delete_content(until=older_than)


def _shown(stored: StoredContent) -> dict[str, Any]:
    """Opened; of what cannot be, that it is there."""
    told = {"request_id": stored.request_id, "at": stored.at, "is_cut": stored.is_cut}
    try:
        opened = queries.opened(stored)
    except Conflict:
        return {**told, "request": None, "answer": None}
    return {**told, "request": opened.request, "answer": opened.answer}


HOLDINGS = (Holding("content", StoredContent, erase=_erase, is_late=True, shown=_shown),)
RETENTIONS = (Retention("content", _forget),)
