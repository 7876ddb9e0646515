"""What is held of acts on alerts: who did what to whom."""

from controlplane.actions.models import AlertAction
from controlplane.personal_data import (
    Batches,
    Erasing,
    Holding,
    delete_in_batches,
    rows_of_customer,
)


def _erase(erasing: Erasing) -> Batches:
    rows = rows_of_customer(AlertAction, erasing.customer_id)
    return delete_in_batches(rows.filter(at__lte=erasing.until))


HOLDINGS = (Holding("alert-actions", AlertAction, erase=_erase, is_late=True),)
