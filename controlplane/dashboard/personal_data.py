"""What is held of members of customers: the views they keep, and files with their requests."""

from django.db.models import Q

from controlplane.dashboard.models import ExportChunk, ExportFile, SavedView
from controlplane.personal_data import Batches, Erasing, Holding, delete_in_batches


def _delete(erasing: Erasing) -> Batches:
    """A name and a query are what somebody typed, and nothing refers to them."""
    rows = SavedView.objects.filter(
        owner__customer_id=erasing.customer_id, created_at__lt=erasing.until
    )
    return delete_in_batches(rows)


def _delete_files(erasing: Erasing) -> Batches:
    """Of the customer's own members, and of those who see everybody's requests."""
    whose = Q(customer_id=erasing.customer_id) | Q(customer_id=None)
    rows = ExportFile.objects.filter(whose, created_at__lt=erasing.until)
    return delete_in_batches(rows)


HOLDINGS = (
    Holding("saved-views", SavedView, erase=_delete),
    Holding("export-files", ExportFile, erase=_delete_files, also=(ExportChunk,)),
)
