"""Refusing: budgets that turn requests away, from the first refusal until the window ends.

A refusal does not say which budget of its path it was: of those that refuse, it is the one that is
used up furthest. What was refused before its limit was last raised is dealt with.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from billing.money import ZERO, format_usd
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.watching.standings import Standing
from controlplane.alerts.watching.words import at_least_warning, moment, money
from controlplane.budgets.models import LimitChange
from controlplane.keys.models import VirtualKey
from controlplane.usage.troubles import Refused, refused_by_budget

AREA = "refusing/"
LOOK_BACK = timedelta(hours=1)
MANY = 100  # refusals


def refusing(
    budgets: Iterable[Standing], opened: Mapping[str, Alert], at: datetime
) -> list[Sighting]:
    """Those that refuse for the first time in their window, and those that did and still hold."""
    hard = {each.budget.id: each for each in budgets if each.is_hard}
    blamed = _blamed(hard, refused_by_budget(at - LOOK_BACK, at))
    raised = _raised_at(hard, {*blamed, *_budgets_of(opened)}, at)
    found = []
    for budget_id, standing in hard.items():
        known = opened.get(_cause(standing))
        last = max((each.last_at for each in blamed.get(budget_id, ())), default=None)
        if known is not None and known.opened_at > raised[budget_id]:
            found.append(_again(standing, known))
        elif last is not None and last > raised[budget_id]:
            found.append(_sighting(standing, blamed[budget_id], at))
    return found


def _blamed(hard: Mapping[str, Standing], refused: Iterable[Refused]) -> dict[str, list[Refused]]:
    """By the budget that is held to have refused."""
    by_owner: dict[str, list[Standing]] = {}
    for standing in hard.values():
        owner = standing.budget
        by_owner.setdefault(f"{owner.owner_type}/{owner.owner_id}", []).append(standing)
    refused = list(refused)
    keys = VirtualKey.objects.in_bulk([each.virtual_key_id for each in refused])
    blamed: dict[str, list[Refused]] = {}
    for each in refused:
        path = _path(keys.get(each.virtual_key_id))
        fullest = max(
            (standing for owner in path for standing in by_owner.get(owner, ())),
            key=lambda standing: standing.share,
            default=None,
        )
        if fullest is not None:
            blamed.setdefault(fullest.budget.id, []).append(each)
    return blamed


def _path(key: VirtualKey | None) -> Sequence[str]:
    if key is None:
        return ()
    owners = (f"virtual_key/{key.id}", f"team/{key.team_id}", f"customer/{key.customer_id}")
    return [owner for owner in owners if not owner.endswith("/None")]


def _budgets_of(opened: Mapping[str, Alert]) -> Iterable[str]:
    return [alert.budget_id for alert in opened.values() if alert.budget_id is not None]


def _raised_at(
    hard: Mapping[str, Standing], budget_ids: set[str], at: datetime
) -> dict[str, datetime]:
    """When more was last allowed: the budget was changed, or raised for a time."""
    moments = {id: hard[id].budget.updated_at for id in budget_ids if id in hard}
    changes = LimitChange.objects.filter(
        budget_id__in=moments, amount_usd__gt=ZERO, starts_at__lte=at, undone_at=None
    )
    for budget_id, starts_at in changes.values_list("budget_id", "starts_at"):
        moments[budget_id] = max(moments[budget_id], starts_at)
    return moments


def _cause(standing: Standing) -> str:
    return f"{AREA}{standing.budget.id}/{standing.window}"


def _again(standing: Standing, alert: Alert) -> Sighting:
    return Sighting(
        kind=Kind.REFUSING,
        severity=Severity(alert.severity),
        cause=alert.cause,
        title=alert.title,
        facts=alert.facts,
        amount_usd=alert.amount_usd,
        **standing.subject(),  # type: ignore[typeddict-item]
    )


def _sighting(standing: Standing, refused: Sequence[Refused], at: datetime) -> Sighting:
    balance, requests = standing.balance, sum(each.requests for each in refused)
    keys = sorted(each.virtual_key_id for each in refused)
    named = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    return Sighting(
        kind=Kind.REFUSING,
        severity=Severity.CRITICAL if requests >= MANY else at_least_warning(balance.limit_usd),
        cause=_cause(standing),
        title=f"{standing.words} refuses requests of {named} since {moment(at)}: "
        f"{money(balance.spent_usd)} of {money(balance.limit_usd)} spent, {standing.until}.",
        facts={
            "requests": requests,
            "virtual_keys": keys[:100],
            "limit_usd": format_usd(balance.limit_usd),
            "spent_usd": format_usd(balance.spent_usd),
            "reserved_usd": format_usd(balance.reserved_usd),
        },
        amount_usd=balance.limit_usd,
        **standing.subject(),  # type: ignore[typeddict-item]
    )
