"""Asking what would have been: small questions are answered at once, large ones by a task."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone as clock

from controlplane import saving
from controlplane.accounts.permissions import Principal, Role
from controlplane.errors import Conflict, DomainError, invalid
from controlplane.fields import new_id
from controlplane.usage.summary import summarise
from controlplane.what_if.answering import answer
from controlplane.what_if.models import State, WhatIf
from controlplane.what_if.questions import Question, read_question

log = logging.getLogger(__name__)

AT_ONCE_MAX = 10_000
RECORDS_MAX = 20_000_000
WAITING_MAX = 20
GIVEN_UP_AFTER = timedelta(hours=1)
KEPT_FOR = timedelta(days=90)
FAILED = "It could not be computed; the log says why."


def ask(*, asked: Mapping[str, Any], viewer: Principal, by: str) -> WhatIf:
    """The question with its answer, or one that waits for it. Raises `DomainError`."""
    question = read_question(asked, viewer, clock.now())
    requests = summarise(question.records, ()).total.requests
    if requests > RECORDS_MAX:
        raise invalid("period", f"It has over {RECORDS_MAX:,} requests: ask for less of it.")
    row = WhatIf(
        id=new_id("what"),
        customer_id=viewer.customer_id,
        team_id=viewer.team_id,
        question=dict(asked),
        created_by=by,
    )
    if requests > AT_ONCE_MAX:
        return _put_by(row)
    now = clock.now()
    row.started_at, row.state, row.answer = now, State.DONE, answer(question)
    row.finished_at = clock.now()
    return saving.add(row)


@transaction.atomic
def _put_by(row: WhatIf) -> WhatIf:
    waiting = WhatIf.objects.filter(state__in=(State.WAITING, State.RUNNING))
    if waiting.count() >= WAITING_MAX:
        raise Conflict("too_many_waiting", "Too many questions wait already: ask again later.")
    return saving.add(row)


def answer_waiting() -> int:
    """Answers what waits, the oldest first; returns how many. Several may do so at once."""
    WhatIf.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()
    answered = 0
    while (row := _claim(clock.now())) is not None:
        _answer(row)
        answered += 1
    return answered


@transaction.atomic
def _claim(now: datetime) -> WhatIf | None:
    """One that nobody computes: what was begun long ago was not finished."""
    lost = Q(state=State.RUNNING, started_at__lt=now - GIVEN_UP_AFTER)
    waiting = WhatIf.objects.filter(Q(state=State.WAITING) | lost).order_by("created_at")
    row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if row is not None:
        row.state, row.started_at = State.RUNNING, now
        row.save(update_fields=["state", "started_at"])
    return row


def _answer(row: WhatIf) -> None:
    try:
        row.answer, row.state = answer(_question(row)), State.DONE
    except DomainError as error:
        row.state, row.error = State.FAILED, error.message[:500]
    except Exception:
        log.exception("question %s could not be answered", row.id)
        row.state, row.error = State.FAILED, FAILED
    row.finished_at = clock.now()
    row.save(update_fields=["answer", "state", "error", "finished_at"])


def _question(row: WhatIf) -> Question:
    """As it was meant when it was asked, within the bounds of whoever asked."""
    bounds = Principal(Role.AUDITOR, row.customer_id, row.created_by, row.team_id)
    return read_question(row.question, bounds, row.created_at)
