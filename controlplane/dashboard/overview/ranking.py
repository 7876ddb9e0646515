"""Where it goes: the dearest values of one dimension, what the others add up to, and the total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.money import ZERO
from controlplane.dashboard.exporting import Sheet
from controlplane.dashboard.overview.figures import Figures
from controlplane.usage.measures import Sums
from controlplane.usage.summary import Summary


@dataclass(frozen=True)
class Place:
    """One line. `value` is None where it is no single value; `before` is None where unknown."""

    title: str
    spent: Decimal | None
    before: Decimal | None
    value: str | int | None = None
    is_named: bool = True
    line: Sequence[Decimal] = ()
    limit: Decimal | None = None


@dataclass(frozen=True)
class Ranking:
    """The lines add up to `total`, which is the verdict's figure."""

    places: list[Place]
    total: Place

    @property
    def most(self) -> Decimal:
        return max((place.spent or ZERO for place in self.places), default=ZERO)


def ranking(
    known: Figures, names: Mapping[str, str], limits: Mapping[str, Decimal], unset: str
) -> Ranking:
    """From the figures; `names` and `limits` are by value."""
    costs = {group.values[0]: group.sums.cost_usd for group in known.now.groups}
    before = _before(known.before)
    shown = [group.values[0] for group in known.shown]
    places = [
        Place(
            title=names.get(str(value), str(value)),
            spent=costs[value],
            before=None if before is None else before.get(value, ZERO),
            value=value,
            line=known.lines.get(value, ()),
            limit=limits.get(str(value)),
        )
        for value in shown
    ]
    places += _rest(known, [*shown, None])
    now = costs.get(None, ZERO)
    past = None if before is None else before.get(None, ZERO)
    # Refused requests have no model, and cost nothing: no line for that.
    if now or past or (None in costs and now is None):
        places.append(Place(unset, now, past, "", line=()))
    past = None if known.before is None else known.before.total.cost_usd or ZERO
    return Ranking(places, Place("Total", known.spent, past))


def _before(summary: Summary | None) -> dict[str | int | None, Decimal] | None:
    if summary is None:
        return None
    return {group.values[0]: group.sums.cost_usd or ZERO for group in summary.groups}


def _rest(known: Figures, shown: list[str | int | None]) -> list[Place]:
    """What all other values add up to: the total without what is shown."""
    others = len([g for g in known.now.groups if g.values[0] not in shown]) + known.now.other_groups
    now = _sum_without(known.now, shown)
    before = None if known.before is None else _sum_without(known.before, shown)
    if not others and not before:
        return []
    return [Place(f"Other ({others})", now, before, is_named=False)]


def _sum_without(summary: Summary, shown: list[str | int | None]) -> Decimal:
    def cost(sums: Sums) -> Decimal:
        return sums.cost_usd or ZERO

    named = sum((cost(g.sums) for g in summary.groups if g.values[0] in shown), ZERO)
    return cost(summary.total) - named


def sheet_of(ranked: Ranking, by: str) -> Sheet:
    """The lines and their total, with exact amounts."""
    columns = [by, "name", "spent_usd", "before_usd", "budget_usd"]
    rows = [
        [_id(each), each.title, each.spent, each.before, each.limit]
        for each in [*ranked.places, ranked.total]
    ]
    return Sheet("overview", columns, rows)


def _id(place: Place) -> str | None:
    return None if place.value is None else str(place.value)
