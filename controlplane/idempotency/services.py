"""Doing what a request asks for once, however often it is sent."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from controlplane.errors import Conflict
from controlplane.idempotency.models import KeptAnswer
from controlplane.sealing import sealing_keys
from dataplane.contract.credentials import CredentialUnreadable

KEPT_FOR = timedelta(hours=24)
PAGE_ANSWERS = 200
CLAIM = """
    INSERT INTO idempotency_keptanswer (id, request_hash, created_at)
    VALUES (%s, %s, now()) ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True)
class Answered:
    """A status and a JSON body; `is_replayed` where they are those of an earlier request."""

    status: int
    body: Any
    is_replayed: bool = False


@transaction.atomic
def once(*, who: str, key: str, request: bytes, act: Callable[[], Answered]) -> Answered:
    """The first answer to this request of theirs, by acting on it or from memory.

    Two at the same time: the second waits for the first to commit, and acts if that came to
    nothing. Raises `Conflict` where the key was used for another request.
    """
    id = _hash(f"{who}\n{key}".encode())
    request_hash = _hash(request)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [id, request_hash])
        is_first = cursor.rowcount == 1
    if not is_first:
        return _remembered(KeptAnswer.objects.get(id=id), request_hash)
    answered = act()
    sealed = sealing_keys().seal({"body": answered.body}, id)
    KeptAnswer.objects.filter(id=id).update(status=answered.status, sealed=sealed)
    return answered


def forget_answers() -> int:
    """Those that nobody will ask for again; returns how many there were."""
    rows = KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return rows.delete()[0]


def forget_bodies(is_to_go: Callable[[Any], bool]) -> Iterator[int]:
    """What answers said, where that is to go: that there was one stays, so that nothing is done
    twice. Yields how many of each page."""
    last = ""
    while page := list(KeptAnswer.objects.filter(id__gt=last).order_by("id")[:PAGE_ANSWERS]):
        last = page[-1].id
        gone = [kept.id for kept in page if kept.sealed and _says(kept, is_to_go)]
        yield KeptAnswer.objects.filter(id__in=gone).update(sealed=None)


def _says(kept: KeptAnswer, is_to_go: Callable[[Any], bool]) -> bool:
    """One that cannot be opened says nothing to anybody."""
    try:
        return is_to_go(sealing_keys().open(bytes(kept.sealed or b""), kept.id)["body"])
    except CredentialUnreadable:
        return True


def _remembered(kept: KeptAnswer, request_hash: str) -> Answered:
    if kept.request_hash != request_hash:
        raise Conflict(
            "idempotency_key_reused", "This Idempotency-Key was used for another request."
        )
    try:
        body = sealing_keys().open(bytes(kept.sealed or b""), kept.id)["body"]
    except CredentialUnreadable as error:
        raise Conflict(
            "answer_unreadable", "This request was carried out, and its answer cannot be read."
        ) from error
    return Answered(kept.status or 200, body, is_replayed=True)


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
