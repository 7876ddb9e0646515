"""What the forms of the page of budgets do, by the services that the API uses."""

from decimal import Decimal

from django.db import transaction

from billing.money import parse_usd
from controlplane.accounts.permissions import Principal, visible
from controlplane.audit.actors import give_reason
from controlplane.budgets.limit_changes import change_limit, lend, undo_limit_change
from controlplane.budgets.models import Budget, LimitChange
from controlplane.budgets.queries import budgets_in_force
from controlplane.budgets.services import update_budget
from controlplane.budgets.versions import hold_version
from controlplane.dashboard.budgeting.asked import LOWER, Asked
from controlplane.errors import invalid

UNDONE = "Taken back on the page of budgets."


@transaction.atomic
def change_as_asked(budget: Budget, asked: Asked, *, by: str) -> LimitChange | None:
    """The change of the limit; None where it is another limit from now on.

    Raises `Outdated` if another change came first, and `DomainError`.
    """
    amount = asked.amount_usd
    assert amount is not None, "a form without an amount is not saved"
    lender = asked.lender.budget if asked.lender else None
    hold_version(budget, asked.texts["version"], also=lender)
    if asked.is_limit:
        give_reason(asked.reason)
        update_budget(budget, limit_usd=amount)
        return None
    reason, ends_at = asked.reason, asked.ends_at
    if lender is not None:
        loan = lend(
            lender=lender,
            borrower=budget,
            amount_usd=amount,
            reason=reason,
            by=by,
            ends_at=ends_at,
        )
        return loan.borrowed
    signed = -amount if asked.how == LOWER else amount
    return change_limit(budget=budget, amount_usd=signed, reason=reason, by=by, ends_at=ends_at)


@transaction.atomic
def take_back(id: str, viewer: Principal, *, by: str) -> None:
    """Undoes a change of a limit that the viewer may know of."""
    change = visible(LimitChange.objects.all(), viewer).filter(pk=id).first()
    if change is None:
        raise invalid("change", "There is no such change.")
    undo_limit_change(change, by=by)


@transaction.atomic
def set_back(id: str, viewer: Principal, limit: str, *, version: str) -> None:
    """The limit that was there before, unless somebody has decided otherwise since."""
    budget = visible(budgets_in_force(), viewer).filter(pk=id).first()
    if budget is None:
        raise invalid("budget", "There is no such budget.")
    hold_version(budget, version)
    give_reason(UNDONE)
    update_budget(budget, limit_usd=_limit(limit))


def _limit(text: str) -> Decimal:
    try:
        return parse_usd(text)
    except ValueError as error:
        raise invalid("limit", "Must be an amount.") from error
