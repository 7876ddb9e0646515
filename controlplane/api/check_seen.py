"""Of a verdict what its reader may see: who is bound to a team, not how the customer stands."""

from dataclasses import replace
from typing import Any

from controlplane.accounts import permissions
from controlplane.accounts.permissions import Principal
from controlplane.budgets.models import Budget
from controlplane.keys.checking import Verdict

REFUSED = "budget_exceeded"
# The level, and what this request itself would have needed.
TOLD = ("owner_type", "requested_usd")
UNTOLD = "A budget above your team's has too little left for it."


def as_seen_by(principal: Principal | None, verdict: Verdict) -> Verdict:
    """Code and level stay; amounts, ids and owners of budgets that are not seen go."""
    ids = {budget.id for budget in verdict.budgets}
    rows = permissions.visible(Budget.objects.filter(pk__in=ids), principal)
    seen = set(rows.values_list("pk", flat=True))
    if seen == ids:
        return verdict
    binding = verdict.binding_budget
    return replace(
        verdict,
        budgets=[budget for budget in verdict.budgets if budget.id in seen],
        binding_budget=binding if binding is not None and binding.id in seen else None,
        refusal=verdict.refusal and _refusal(verdict.refusal, seen),
        # Of these is not said whose budget it was.
        deployments=[
            {**each, "message": UNTOLD} if each["skipped"] == REFUSED else each
            for each in verdict.deployments
        ],
    )


def _refusal(refusal: dict[str, Any], seen: set[str]) -> dict[str, Any]:
    budget = refusal["facts"].get("budget")
    if refusal["code"] != REFUSED or budget is None or budget["id"] in seen:
        return refusal
    told = {name: budget[name] for name in TOLD if name in budget}
    return {**refusal, "message": UNTOLD, "facts": {**refusal["facts"], "budget": told}}
