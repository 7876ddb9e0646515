"""Sending what waits: in order, again and again until the channel takes it.

One process sends to a channel at a time. What a channel does not take holds up what comes after
it; what it took and could not say so is sent again, under the same id.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from controlplane.fields import new_id
from controlplane.notices.leaving import send_messages
from controlplane.notices.messages import message
from controlplane.notices.models import ERROR_LENGTH_MAX, Channel, Delivery, Notice, State
from dataplane.contract.credentials import CredentialUnreadable

AT_ONCE_MAX = 50
CHANNELS_MAX = 200
FIRST_WAIT = timedelta(seconds=30)
WAIT_MAX = timedelta(minutes=5)
LOCK_SPACE = 0x73656E64


def send_due(at: datetime) -> int:
    """Sends what is due by now; how many notices were delivered."""
    waiting = Notice.objects.filter(state=State.WAITING, due_at__lte=at, channel__is_active=True)
    ids = waiting.order_by("channel_id").values_list("channel_id", flat=True).distinct()
    delivered = 0
    for channel in Channel.objects.filter(pk__in=list(ids[:CHANNELS_MAX])):
        with _alone(channel) as is_ours:
            if is_ours:
                delivered += _send_queue(channel, at)
    return delivered


def send_test(channel: Channel, at: datetime) -> dict[str, Any]:
    """Sends a test past the queue: `is_delivered`, and the `error` if not."""
    notice = Notice(id=new_id("ntc"), channel=channel, created_at=at, due_at=at, next_attempt_at=at)
    notice.state = State.GIVEN_UP  # nobody tries again
    notice.save(force_insert=True)
    [outcome] = _tried([notice], channel, at)
    _record(notice, outcome, at, is_last=True)
    return {"is_delivered": not outcome["error"], "error": outcome["error"], "notice": notice.id}


def _send_queue(channel: Channel, at: datetime) -> int:
    """Up to the first that is not taken, which waits a while longer each time."""
    queue = channel.notices.filter(state=State.WAITING, due_at__lte=at)
    several = list(queue.order_by("due_at", "sequence")[:AT_ONCE_MAX])
    if not several or several[0].next_attempt_at > at:
        return 0
    outcomes = _tried(several, channel, at)
    for notice, outcome in zip(several, outcomes, strict=False):
        _record(notice, outcome, at, is_last=_is_last(notice, at))
    return sum(not outcome["error"] for outcome in outcomes)


def _tried(notices: Sequence[Notice], channel: Channel, at: datetime) -> list[dict[str, Any]]:
    try:
        messages = [message(notice, channel, at) for notice in notices]
    except CredentialUnreadable:
        return [{"error": "Its address cannot be unsealed: set it again.", "took_ms": 0}]
    return send_messages(messages)


@transaction.atomic
def _record(notice: Notice, outcome: dict[str, Any], at: datetime, *, is_last: bool) -> None:
    error = outcome["error"][:ERROR_LENGTH_MAX]
    notice.attempts += 1
    if not error:
        notice.state, notice.delivered_at = State.DELIVERED, at
    elif is_last:
        notice.state = State.GIVEN_UP
    else:
        notice.next_attempt_at = at + _wait(notice.attempts)
    notice.save(update_fields=["attempts", "state", "delivered_at", "next_attempt_at"])
    Delivery.objects.create(
        notice=notice, at=at, is_delivered=not error, error=error, took_ms=outcome["took_ms"]
    )


def _is_last(notice: Notice, at: datetime) -> bool:
    return at - notice.due_at >= timedelta(hours=settings.NOTICE_TRIED_HOURS_MAX)


def _wait(attempts: int) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 10), WAIT_MAX)


@contextmanager
def _alone(channel: Channel) -> Iterator[bool]:
    """Whether nobody else sends to the channel meanwhile; not a transaction, for it takes long."""
    with connection.cursor() as cursor:
        names: tuple[int, str] = (LOCK_SPACE, channel.pk)
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", names)
        is_ours = cursor.fetchone() == (True,)
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", names)
