"""Which budgets a request was booked on."""

from collections.abc import Sequence

from controlplane.accounts.permissions import Principal, visible
from controlplane.budgets.models import Balance


def booked_on(balance_ids: Sequence[int], viewer: Principal) -> list[Balance]:
    """The balances with their budgets, those of the innermost owner first; one query."""
    rows = Balance.objects.filter(pk__in=list(balance_ids)).select_related("budget")
    found = visible(rows, viewer)
    owners = ("virtual_key", "team", "customer")
    return sorted(found, key=lambda each: (owners.index(each.budget.owner_type), each.budget_id))
