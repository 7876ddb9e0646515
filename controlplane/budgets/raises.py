"""Raises by request: somebody asks for a step up, somebody else allows it, up to a ceiling.

The policy is the budget's: how much a step is, how far steps lead, and who decides. Nobody decides
on what they asked for, by whatever token. What nobody decides on in time is declined by itself.
"""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone as clock

from billing.money import ZERO, format_usd
from billing.periods import rolling_length
from controlplane import saving
from controlplane.accounts.models import Role
from controlplane.accounts.permissions import Principal, Resource, may_write
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting, open_alert, resolve_alert
from controlplane.budgets.limit_changes import change_limit
from controlplane.budgets.models import Budget, RaiseApprover, RaiseRequest, RaiseState
from controlplane.budgets.queries import current_balances
from controlplane.budgets.services import customer_of
from controlplane.errors import Conflict, DomainError, invalid
from controlplane.fields import new_id
from controlplane.keys.models import VirtualKey

WAITS = timedelta(days=3)
AREA = "raise/"


class Asker(NamedTuple):
    """Whoever asks or decides: their name in the log, and the member that they are, if any."""

    name: str
    member: str = ""


@transaction.atomic
def request_raise(
    *, budget: Budget, reason: str, by: Asker, amount_usd: Decimal | None = None
) -> RaiseRequest:
    """Asks for one step, or less. Raises `DomainError` for what the policy does not allow."""
    current = saving.lock(budget)
    if current.archived_at is not None:
        raise Conflict("archived", "The budget was deleted and binds nobody.")
    amount = _allowed(current, amount_usd)
    if RaiseRequest.objects.filter(budget=current, state=RaiseState.WAITING).exists():
        raise Conflict("raise_waits", "A raise of this budget waits for a decision already.")
    now = clock.now()
    asked = RaiseRequest(
        id=new_id("rr"),
        budget=current,
        amount_usd=amount,
        reason=reason,
        requested_at=now,
        requested_by=by.name,
        requested_by_member=by.member,
        expires_at=now + WAITS,
    )
    saving.add(asked)
    open_alert(**_sighting(asked))
    return asked


@transaction.atomic
def approve_raise(
    asked: RaiseRequest, *, by: Asker, principal: Principal, note: str = ""
) -> RaiseRequest:
    """Raises the limit until its window ends; of a rolling one, for as long as it is."""
    held = _held_for(asked, by, principal)
    _allowed(held.budget, held.amount_usd)
    length = rolling_length(held.budget.window)
    change = change_limit(
        budget=held.budget,
        amount_usd=held.amount_usd,
        reason=held.reason,
        by=by.name,
        ends_at=clock.now() + length if length else None,
    )
    return _decided(held, RaiseState.APPROVED, by.name, note, limit_change=change)


@transaction.atomic
def decline_raise(
    asked: RaiseRequest, *, by: Asker, principal: Principal, note: str = ""
) -> RaiseRequest:
    """Leaves the limit as it is."""
    return _decided(_held_for(asked, by, principal), RaiseState.DECLINED, by.name, note)


@transaction.atomic
def withdraw_raise(asked: RaiseRequest, *, by: Asker) -> RaiseRequest:
    """Takes it back, whoever of the owner's side does."""
    return _decided(_held(asked), RaiseState.WITHDRAWN, by.name, "")


def expire_raise_requests() -> int:
    """Declines what nobody decided on in time; how many there were."""
    late = RaiseRequest.objects.filter(state=RaiseState.WAITING, expires_at__lte=clock.now())
    return sum(_expired(each) for each in late)


def may_decide(asked: RaiseRequest, by: Asker, principal: Principal | None) -> bool:
    """By the budget's policy; nobody on their own request."""
    if principal is None or not may_write(principal, Resource.LIMIT_CHANGES):
        return False
    approver = asked.budget.raise_approver
    if approver == RaiseApprover.ADMIN and principal.role != Role.ADMIN:
        return False
    if approver == RaiseApprover.INSTALLATION and principal.is_bound:
        return False
    return not _is_same(asked, by)


def _is_same(asked: RaiseRequest, by: Asker) -> bool:
    if asked.requested_by == by.name:
        return True
    return bool(by.member) and asked.requested_by_member == by.member


def _allowed(budget: Budget, amount_usd: Decimal | None) -> Decimal:
    """The amount, if the policy has room for it."""
    step, ceiling = budget.raise_step_usd, budget.raise_ceiling_usd
    if step is None or ceiling is None:
        raise Conflict("no_raises", "This budget allows no raises by request.")
    amount = step if amount_usd is None else amount_usd
    if not ZERO < amount <= step:
        raise invalid("amount_usd", f"Must be more than 0 and at most {format_usd(step)} USD.")
    limit = current_balances([budget], clock.now())[budget.pk].limit_usd
    if limit + amount > ceiling:
        raise Conflict(
            "raise_ceiling",
            f"The limit is {format_usd(limit)} USD, and may be raised to {format_usd(ceiling)}.",
        )
    return amount


def _held(asked: RaiseRequest) -> RaiseRequest:
    saving.lock(Budget(pk=asked.budget_id))
    held = saving.lock(asked)
    if held.state != RaiseState.WAITING:
        state = RaiseState(held.state).label.lower()
        raise Conflict("raise_decided", f"It is decided already: {state}.")
    return held


def _held_for(asked: RaiseRequest, by: Asker, principal: Principal) -> RaiseRequest:
    held = _held(asked)
    if _is_same(held, by):
        raise Conflict("own_request", "Somebody else decides on what you asked for.")
    if not may_decide(held, by, principal):
        raise Conflict("not_the_approver", "The budget's policy has others decide on raises.")
    if held.expires_at <= clock.now():
        raise Conflict("raise_expired", "Nobody decided in time: it has to be asked for again.")
    return held


def _expired(asked: RaiseRequest) -> bool:
    with transaction.atomic():
        try:
            _decided(_held(asked), RaiseState.EXPIRED, "", "")
        except DomainError:
            return False
    return True


def _decided(
    asked: RaiseRequest, state: RaiseState, by: str, note: str, **more: object
) -> RaiseRequest:
    ending = {"state": state, "decided_at": clock.now(), "decided_by": by, "note": note, **more}
    decided = saving.change(asked, ending)
    for alert in Alert.objects.filter(cause=f"{AREA}{asked.pk}", resolved_at=None):
        resolve_alert(alert, how=f"{state.label}. {note}".strip(), by="")
    return decided


def _sighting(asked: RaiseRequest) -> Sighting:
    budget, until = asked.budget, asked.expires_at
    owner = budget.owner
    is_key = isinstance(owner, VirtualKey)
    return Sighting(
        kind=Kind.RAISE_REQUESTED,
        severity=Severity.WARNING,
        cause=f"{AREA}{asked.pk}",
        title=f"{asked.requested_by} asks for {format_usd(asked.amount_usd)} USD more of budget "
        f"{budget.pk} of {budget.get_owner_type_display().lower()} {budget.owner_id}: "
        f"{asked.reason}"[:490],
        facts={
            "raise_request": asked.pk,
            "ceiling_usd": format_usd(budget.raise_ceiling_usd or ZERO),
            "expires_at": until.isoformat(),
        },
        amount_usd=asked.amount_usd,
        customer_id=customer_of(owner).pk,
        team_id=owner.team_id if isinstance(owner, VirtualKey) else budget.team_id,
        virtual_key_id=owner.pk if is_key else None,
        budget_id=budget.pk,
    )
