"""What is held of members of customers: the views they keep."""

from controlplane.dashboard.models import SavedView
from controlplane.personal_data import Batches, Erasing, Holding, delete_in_batches


def _delete(erasing: Erasing) -> Batches:
    """A name and a query are what somebody typed, and nothing refers to them."""
    rows = SavedView.objects.filter(
        owner__customer_id=erasing.customer_id, created_at__lt=erasing.until
    )
    return delete_in_batches(rows)


HOLDINGS = (Holding("saved-views", SavedView, erase=_delete),)
