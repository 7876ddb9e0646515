"""What follows from a change of a budget, for whoever reads the plan."""

from django.utils import timezone as clock

from billing.money import ZERO, format_usd
from controlplane.accounts.permissions import Resource
from controlplane.budgets.models import Enforcement
from controlplane.budgets.queries import CurrentBalance, current_balances
from controlplane.provisioning.changes import Action, Change
from controlplane.provisioning.plan import Plan

BUDGETS_AT_ONCE = 500


def note_consequences(plan: Plan) -> None:
    """Looks at the budgets as they have become."""
    changed = [
        change
        for change in plan.changes
        if change.resource is Resource.BUDGETS and change.action is Action.UPDATE
    ]
    for change in changed:
        if {"window", "timezone"} & set(change.values):
            change.notes.append("its windows are others now: it counts anew")
    limited = [change for change in changed if "limit_usd" in change.values]
    for start in range(0, len(limited), BUDGETS_AT_ONCE):
        some = limited[start : start + BUDGETS_AT_ONCE]
        balances = current_balances([change.row for change in some], clock.now())
        for change in some:
            _note_overspent(change, balances[change.row.id])


def _note_overspent(change: Change, balance: CurrentBalance) -> None:
    """A limit below what is spent is accepted."""
    if balance.remaining_usd >= ZERO:
        return
    taken = format_usd(balance.spent_usd + balance.reserved_usd)
    words = f"below the {taken} that are spent or reserved already"
    if change.row.enforcement == Enforcement.HARD:
        end = balance.window_end
        until = f" until {end:%Y-%m-%d %H:%M} UTC" if end and end > clock.now() else ""
        words += f": it refuses everything{until}"
    change.notes.append(words)
