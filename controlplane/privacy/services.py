"""Erasing what is held of a customer, and forgetting what is older than it is kept."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from controlplane.accounts.models import Customer
from controlplane.errors import invalid
from controlplane.personal_data import Erasing, Retention, holdings, retentions
from controlplane.privacy.models import Erasure, Forgetting

# A record of before may be booked after: from a journal that a process left behind, say.
LATE_FOR = timedelta(days=14)
# So long requests may still be made with what was configured before.
IN_FORCE = timedelta(seconds=2)
LOCK_ERASING, LOCK_FORGETTING = 7321, 7322


@transaction.atomic
def request_erasure(*, customer: Customer, confirm: str, actor: str) -> Erasure:
    """Puts the wish on record; a task carries it out. Asked again meanwhile, it is the same."""
    if confirm != customer.id:
        raise invalid("confirm", "Must repeat the customer's id.")
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    pending = Erasure.objects.filter(customer_id=customer.id, completed_at=None).first()
    if pending is not None:
        return pending
    return Erasure.objects.create(customer_id=customer.id, at=timezone.now(), actor=actor[:200])


def carry_out(erasure: Erasure) -> Erasure:
    """All of it, in batches; stopped anywhere, it is begun again. Not inside a transaction."""
    with _alone(LOCK_ERASING, erasure.id) as is_alone:
        erasure.refresh_from_db()
        if is_alone and erasure.completed_at is None:
            erasure.counts = _erase_all(erasure)
            erasure.completed_at = timezone.now()
            erasure.save(update_fields=["counts", "completed_at"])
    return erasure


def _erase_all(erasure: Erasure) -> dict[str, int]:
    """What requests are filled from first, then what they left; returns how many rows of each."""
    counts = {}
    for is_late in (False, True):
        erasing = Erasing(erasure.id, erasure.customer_id, erasure.at)
        for holding in holdings():
            if is_late == (holding.is_late or holding.is_last):
                counts[holding.name] = sum(holding.erased(erasing))
        if not is_late:
            _wait_until_in_force(erasure)
    return counts


def _wait_until_in_force(erasure: Erasure) -> None:
    """Keys lend requests their metadata: what was filed with it until now is from before, too."""
    erasure.at = timezone.now() + IN_FORCE
    erasure.save(update_fields=["at"])
    time.sleep(IN_FORCE.total_seconds())


def carry_out_erasures() -> int:
    """Those that are asked for; returns how many were carried out."""
    done = [carry_out(erasure) for erasure in Erasure.objects.filter(completed_at=None)]
    return sum(erasure.completed_at is not None for erasure in done)


def forget_late_records() -> int:
    """What came after an erasure of that which it is from before; returns how many rows."""
    count = 0
    for erasure in Erasure.objects.filter(completed_at__gt=timezone.now() - LATE_FOR):
        erasing = Erasing(erasure.id, erasure.customer_id, erasure.at)
        count += sum(sum(each.erased(erasing)) for each in holdings() if each.is_late)
    return count


def forget_old() -> dict[str, int]:
    """What is older than its kind is kept; returns how many rows of each kind."""
    counts = {}
    with _alone(LOCK_FORGETTING, 0) as is_alone:
        for retention in retentions() if is_alone else ():
            if days := settings.RETENTION_DAYS[retention.kind]:
                counts[retention.kind] = _forget(retention, timedelta(days=days))
    return counts


def _forget(retention: Retention, kept_for: timedelta) -> int:
    """Nothing is on record of a night on which there was nothing to forget."""
    older_than = timezone.now() - kept_for
    trace = Forgetting.objects.create(kind=retention.kind, older_than=older_than)
    trace.count = sum(retention.forget(older_than, trace.id))
    if trace.count:
        trace.save(update_fields=["count"])
    else:
        trace.delete()
    return trace.count


@contextmanager
def _alone(work: int, id: int) -> Iterator[bool]:
    """Whether nobody else is at it; whoever is not leaves it to the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [work, id % 2**31])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [work, id % 2**31])
