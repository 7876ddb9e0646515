"""Acting on alerts. An act holds spend back, or asks for more: whoever decides on alerts may.

What it does is done by the services of budgets and keys, which announce it to the data plane, and
ends by itself there; nothing here has to be in time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone as clock

from billing.money import ZERO
from controlplane import saving
from controlplane.actions.models import (
    ERROR_LENGTH_MAX,
    MINUTES_MAX,
    REASON_LENGTH_MAX,
    ActionKind,
    AlertAction,
)
from controlplane.actions.usual import usual_usd
from controlplane.alerts.models import Alert
from controlplane.budgets.limit_changes import change_limit, undo_limit_change
from controlplane.budgets.models import Budget, Enforcement, LimitChange, RaiseRequest
from controlplane.budgets.queries import budgets_in_force, current_balances
from controlplane.budgets.raises import Asker, request_raise, withdraw_raise
from controlplane.errors import Conflict, DomainError, invalid
from controlplane.fields import new_id
from controlplane.keys.models import VirtualKey
from controlplane.keys.services import pause_key, resume_key

CENT = Decimal("0.01")


@transaction.atomic
def act_on(
    alert: Alert, *, kind: str, by: Asker, reason: str = "", minutes: int = 60, rule_id: str = ""
) -> AlertAction:
    """Does it, for so many minutes where it is for a time. Raises `DomainError`."""
    if kind not in ActionKind.values:
        raise invalid("action", f"Must be one of {', '.join(ActionKind.values)}.")
    if not 1 <= minutes <= MINUTES_MAX:
        raise invalid("minutes", f"Must be from 1 to {MINUTES_MAX}.")
    done = _begun(alert, kind, by, reason, rule_id)
    if kind != ActionKind.REQUEST_RAISE:
        done.ends_at = done.at + timedelta(minutes=minutes)
    why = (reason or f"Alert {alert.pk}: {alert.title}")[:REASON_LENGTH_MAX]
    for name, value in HOW[ActionKind(kind)](alert, done, by, why).items():
        setattr(done, name, value)
    return saving.add(done)


def act_by_rule(alert: Alert, *, rule_id: str, kind: str, minutes: int) -> AlertAction | None:
    """Once for each alert and rule. What is in its way is put on record; None: it was done."""
    if AlertAction.objects.filter(alert_id=alert.pk, rule_id=rule_id).exists():
        return None
    by = Asker(f"rule {rule_id}")
    try:
        return act_on(alert, kind=kind, by=by, minutes=minutes, rule_id=rule_id)
    except DomainError as error:
        tried = _begun(alert, kind, by, "", rule_id)
        tried.error = error.message[:ERROR_LENGTH_MAX]
        return saving.add(tried)


@transaction.atomic
def end_action(action: AlertAction, *, by: Asker) -> AlertAction:
    """Takes it back before its end; what is over already stays as it ended."""
    held = saving.lock(action)
    now = clock.now()
    if held.error or held.ended_at or (held.ends_at is not None and held.ends_at <= now):
        raise Conflict("action_over", "It is over already.")
    if held.limit_change_id:
        for change in LimitChange.objects.filter(pk=held.limit_change_id):
            undo_limit_change(change, by=by.name)
    elif held.raise_request_id:
        for asked in RaiseRequest.objects.filter(pk=held.raise_request_id):
            withdraw_raise(asked, by=by)
    else:
        _resume(held)
    return saving.change(held, {"ended_at": now, "ended_by": by.name})


def _resume(held: AlertAction) -> None:
    """Unless somebody paused it anew meanwhile."""
    paused = VirtualKey.objects.filter(pk=held.virtual_key_id, paused_until=held.ends_at)
    for key in paused:
        resume_key(key)


def _begun(alert: Alert, kind: str, by: Asker, reason: str, rule_id: str) -> AlertAction:
    return AlertAction(
        id=new_id("act"),
        alert_id=alert.pk,
        kind=kind,
        at=clock.now(),
        by=by.name,
        rule_id=rule_id,
        reason=reason,
        customer_id=alert.customer_id,
        team_id=alert.team_id,
        virtual_key_id=alert.virtual_key_id,
        budget_id=alert.budget_id,
    )


def _clamp(alert: Alert, done: AlertAction, by: Asker, why: str) -> dict[str, Any]:
    """The limit falls to what is spent, and what is usually spent in that time."""
    assert done.ends_at is not None, "it is for a time"
    budget = _budget_to_clamp(alert, done.at)
    balance = current_balances([budget], done.at)[budget.pk]
    usual = usual_usd(budget, done.at, done.ends_at - done.at).quantize(CENT)
    lower = balance.spent_usd + balance.reserved_usd + usual - balance.limit_usd
    if lower >= ZERO:
        raise Conflict("nothing_to_clamp", "Less is left than it usually spends in that time.")
    change = change_limit(
        budget=budget, amount_usd=lower, reason=why, by=by.name, ends_at=done.ends_at
    )
    return {"limit_change_id": change.pk, "budget_id": budget.pk}


def _budget_to_clamp(alert: Alert, at: datetime) -> Budget:
    """The key's own with the least left; without a key, the one that the alert is about."""
    hard = budgets_in_force().filter(enforcement=Enforcement.HARD)
    about = {"virtual_key": alert.virtual_key_id} if alert.virtual_key_id else {}
    budgets = list(hard.filter(**(about or {"pk": alert.budget_id or ""})))
    if not budgets:
        raise Conflict("no_budget", "It has no hard budget of its own to lower: pause it instead.")
    balances = current_balances(budgets, at)
    return min(budgets, key=lambda each: balances[each.pk].remaining_usd)


def _pause(alert: Alert, done: AlertAction, by: Asker, why: str) -> dict[str, Any]:
    assert done.ends_at is not None, "it is for a time"
    key = VirtualKey.objects.filter(pk=alert.virtual_key_id or "").first()
    if key is None:
        raise Conflict("no_key", "This alert is about no key that could be paused.")
    pause_key(key, until=done.ends_at, reason=why)
    return {}


def _ask(alert: Alert, done: AlertAction, by: Asker, why: str) -> dict[str, Any]:
    budget = budgets_in_force().filter(pk=alert.budget_id or "").first()
    if budget is None:
        raise Conflict("no_budget", "This alert is about no budget that could be raised.")
    return {"raise_request_id": request_raise(budget=budget, reason=why, by=by).pk}


HOW: dict[ActionKind, Callable[[Alert, AlertAction, Asker, str], dict[str, Any]]] = {
    ActionKind.CLAMP: _clamp,
    ActionKind.PAUSE: _pause,
    ActionKind.REQUEST_RAISE: _ask,
}
