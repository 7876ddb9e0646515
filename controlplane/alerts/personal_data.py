"""What is held of alerts: sentences and facts about what a customer did."""

from datetime import datetime

from controlplane.alerts.models import Alert
from controlplane.personal_data import (
    Batches,
    Erasing,
    Holding,
    Retention,
    delete_in_batches,
    rows_of_customer,
)


def _erase(erasing: Erasing) -> Batches:
    rows = rows_of_customer(Alert, erasing.customer_id)
    return delete_in_batches(rows.filter(opened_at__lte=erasing.until))


def _forget(older_than: datetime, _: int) -> Batches:
    return delete_in_batches(Alert.objects.filter(resolved_at__lt=older_than))


HOLDINGS = (Holding("alerts", Alert, erase=_erase, is_late=True),)
RETENTIONS = (Retention("alerts", _forget),)
