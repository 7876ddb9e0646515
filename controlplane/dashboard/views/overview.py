"""Where does this month end, against budget?"""

from typing import Any

from django.http import HttpResponse

from billing.money import ZERO
from controlplane.budgets.models import OwnerType
from controlplane.budgets.monthly import MonthlyBudget, monthly_budgets
from controlplane.dashboard.exporting import exported, of_period
from controlplane.dashboard.filters.bar import Choice
from controlplane.dashboard.filters.chips import title_of
from controlplane.dashboard.filters.names import UNSET, all_names
from controlplane.dashboard.filters.reading import dimensions_for
from controlplane.dashboard.numbers import places_for
from controlplane.dashboard.overview.cumulative import cumulative
from controlplane.dashboard.overview.figures import Figures, figures_for
from controlplane.dashboard.overview.movers import Mover, movers
from controlplane.dashboard.overview.outlook import Outlook
from controlplane.dashboard.overview.ranking import ranking, sheet_of
from controlplane.dashboard.overview.traffic import traffic
from controlplane.dashboard.overview.verdict import SCOPES, Verdict, scope_of
from controlplane.dashboard.pages import Visit, page
from controlplane.usage.dimensions import read_dimensions
from controlplane.usage.metadata_keys import used_metadata_keys

TABS = ("customer", "team", "virtual_key", "model", "provider")
METADATA_TABS = 2

Budgets = dict[tuple[OwnerType, str], MonthlyBudget]


@page("overview", "Overview")
def overview(visit: Visit) -> HttpResponse:
    """The verdict first, then what it is made of."""
    known = figures_for(visit.filter, _by(visit))
    scope = scope_of(known, visit.viewer.team_id)
    budgets = _budgets(visit, known, scope)
    moved = movers(known)
    names = _names(visit, known, moved)
    verdict = _verdict(known, budgets, scope)
    places = ranking(
        known, names[known.by], _limits(known, budgets), UNSET.get(known.by, "not set")
    )
    if kind := visit.query.first("export"):
        return exported(sheet_of(places, known.by), of_period(visit.filter), kind)
    context = {
        "verdict": verdict,
        "chart": cumulative(verdict, visit.request.path),
        "ranking": places,
        "is_empty": not known.days.groups,
        "compared_head": visit.bar.compared_head,
        "by": known.by,
        "group_by": [known.by],
        "by_title": title_of(known.by),
        "tabs": _tabs(visit, known.by),
        "movers": moved,
        "names": names,
        "traffic": traffic(known, visit.viewer),
        "places": places_for([group.sums.cost_usd for group in known.shown]),
        "scope": scope and scope.value,
        "has_limits": known.by in SCOPES and visit.filter.period.is_month,
    }
    return visit.show("dashboard/overview.html", context)


def _by(visit: Visit) -> str:
    """The dimension of the ranking; the first that tells the viewer's rows apart by default."""
    known = [name for name in dimensions_for(visit.viewer) if name in TABS]
    chosen = [name for name in visit.query.values if name in known]
    # One customer is chosen: its teams are the next question.
    default = next(name for name in known if name not in chosen or name == known[-1])
    (by,) = read_dimensions([visit.query.first("by", default)])[:1]
    return by


def _budgets(visit: Visit, known: Figures, scope: OwnerType | None) -> Budgets:
    """Those of the verdict, and those of the ranking's lines."""
    owners: dict[OwnerType, Any] = {}
    if scope is not None:
        chosen = known.filter.fields.fields.get(scope.value)
        owners[scope] = chosen
    if known.by in SCOPES and SCOPES[known.by] not in owners:
        owners[SCOPES[known.by]] = [group.values[0] for group in known.shown]
    return monthly_budgets(owners, visit.viewer, visit.now)


def _verdict(known: Figures, budgets: Budgets, scope: OwnerType | None) -> Verdict:
    own = tuple(budget for (kind, _), budget in budgets.items() if kind == scope)
    covered = {budget.owner_id for budget in own}
    outside = ZERO
    spending = 0
    if own and scope == OwnerType.CUSTOMER:
        for group in known.customers.groups:
            cost = group.sums.cost_usd or ZERO
            spending += bool(cost and group.values[0])
            outside += ZERO if group.values[0] in covered else cost
        spending = max(spending, len(own))
    return Verdict(known, Outlook(known), own, spending, outside)


def _limits(known: Figures, budgets: Budgets) -> dict[str, Any]:
    kind = SCOPES.get(known.by)
    return {owner: budget.limit_usd for (of, owner), budget in budgets.items() if of == kind}


def _names(visit: Visit, known: Figures, moved: list[Mover]) -> dict[str, dict[str, str]]:
    """Of the ranking's lines and of the movers, by dimension; one query."""
    wanted: dict[str, set[Any]] = {
        known.by: {group.values[0] for group in known.shown},
    }
    wanted.setdefault("customer", set()).update(each.customer_id for each in moved)
    wanted.setdefault("virtual_key", set()).update(each.virtual_key_id for each in moved)
    return all_names(wanted, visit.viewer)


def _tabs(visit: Visit, by: str) -> list[Choice]:
    """The dimensions, then the keys of metadata, the most used first."""
    names = [name for name in dimensions_for(visit.viewer) if name in TABS]
    names += [f"metadata.{key}" for key in used_metadata_keys(visit.viewer)]
    if by not in names:
        names.append(by)
    query = visit.query
    return [
        Choice(title_of(name), query.having({"by": name}).url(visit.request.path), name == by)
        for name in names
    ]
