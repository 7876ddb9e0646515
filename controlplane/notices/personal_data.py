"""What is held of notices: sentences about what a customer did, and where they go."""

from datetime import datetime

from controlplane.notices.models import AlertEvent, Channel, Delivery, Notice, Rule
from controlplane.personal_data import (
    Batches,
    Erasing,
    Holding,
    Retention,
    delete_in_batches,
    rows_of_customer,
)


def _erase_rules(erasing: Erasing) -> Batches:
    return delete_in_batches(rows_of_customer(Rule, erasing.customer_id))


def _erase_channels(erasing: Erasing) -> Batches:
    return delete_in_batches(rows_of_customer(Channel, erasing.customer_id))


def _erase_events(erasing: Erasing) -> Batches:
    rows = rows_of_customer(AlertEvent, erasing.customer_id)
    return delete_in_batches(rows.filter(at__lte=erasing.until))


def _forget(older_than: datetime, _: int) -> Batches:
    yield from delete_in_batches(Notice.objects.filter(due_at__lt=older_than))
    yield from delete_in_batches(AlertEvent.objects.filter(at__lt=older_than, notices=None))


HOLDINGS = (
    Holding("alert-rules", Rule, erase=_erase_rules),
    Holding("notice-channels", Channel, hidden=("credential_sealed",), erase=_erase_channels),
    Holding("alert-events", AlertEvent, erase=_erase_events, is_late=True),
    Holding("notices", Notice),
    Holding("deliveries", Delivery),
)
RETENTIONS = (Retention("notices", _forget),)
