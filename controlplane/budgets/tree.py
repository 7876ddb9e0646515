"""Budgets as the tree of their owners: customers, their teams, and the keys of both.

What is not unfolded costs nothing but its part in the counts. Forecasts are made for what is shown,
and for those that might run out; the others last at three times their pace.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Q

from controlplane.accounts.permissions import Principal, visible
from controlplane.budgets.models import Budget, OwnerType
from controlplane.budgets.owners import Id, Owner, below, customers_of
from controlplane.budgets.past import as_they_were, budgets_at, standings_at
from controlplane.budgets.queries import budgets_in_force
from controlplane.budgets.services import customer_of
from controlplane.budgets.standing import (
    FORECASTS_MAX,
    Standing,
    State,
    foreseen,
    may_run_short,
    standings,
)

ROOTS_MAX = 50
CHILDREN_MAX = 100
UNFOLDED_MAX = 200
STOPPED = frozenset({State.USED_UP, State.OVER})


@dataclass(frozen=True)
class Line:
    """A row of the tree: an owner and its budgets, the first to run out first."""

    owner: Owner
    level: int
    standings: tuple[Standing, ...]
    is_open: bool = False
    has_children: bool = False
    hidden: int = 0
    """So many of its children have budgets and are not shown."""
    unbudgeted: int = 0
    """So many keys directly below it have no budget of their own, and no row."""

    @property
    def binding(self) -> Standing | None:
        return self.standings[0] if self.standings else None


@dataclass(frozen=True, kw_only=True)
class BudgetTree:
    """What one viewer may know of at one instant. `opened` holds ids of owners, or `all`.

    `is_past` asks how it was then: `at` is over.
    """

    viewer: Principal
    at: datetime
    is_past: bool = False
    opened: frozenset[str] = frozenset()
    customers: tuple[str, ...] = ()
    after: str = ""
    only: str = "all"
    revealed: frozenset[str] = frozenset()
    """Budgets whose rows are shown, whatever is folded."""
    extra: frozenset[str] = frozenset()
    """Budgets whose forecast is needed, shown or not."""

    @cached_property
    def budgets(self) -> list[Budget]:
        rows = visible(budgets_at(self.at) if self.is_past else budgets_in_force(), self.viewer)
        if self.customers:
            own = Q()
            for path in Budget.CUSTOMER_PATHS:
                own |= Q(**{f"{path}__in": self.customers})
            rows = rows.filter(own)
        found = list(rows.order_by("id"))
        return as_they_were(found, self.at) if self.is_past else found

    @cached_property
    def known(self) -> dict[str, Standing]:
        """All of them without forecasts, by budget id."""
        read = standings_at if self.is_past else standings
        return read(self.budgets, self.at)

    @cached_property
    def candidates(self) -> list[Standing]:
        found = [each for each in self.known.values() if may_run_short(each, self.at)]
        return sorted(found, key=lambda each: each.urgency)

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """All of them, with forecasts where they are needed."""
        wanted = {each.budget.id for each in self.candidates[:FORECASTS_MAX]} | self.extra
        wanted |= {each.id for owner in self._unfolded for each in self.of_owner(owner)}
        needed = [self.known[id] for id in sorted(wanted & set(self.known))]
        return {**self.known, **foreseen(needed, self.at)}

    @cached_property
    def _by_owner(self) -> dict[Id, list[Budget]]:
        found: dict[Id, list[Budget]] = defaultdict(list)
        for budget in self.budgets:
            found[str(budget.owner_type), budget.owner_id].append(budget)
        return dict(found)

    def of_owner(self, owner: Owner) -> list[Budget]:
        return self._by_owner.get(owner.key, [])

    @cached_property
    def all_roots(self) -> list[Owner]:
        """Customers; for whoever is bound to a team, the team."""
        return customers_of(self.viewer, self.customers, until=self.at)

    @cached_property
    def roots(self) -> list[Owner]:
        """One page of them."""
        ids = [each.id for each in self.all_roots]
        start = ids.index(self.after) + 1 if self.after in ids else 0
        shown = next((at for at, id in enumerate(ids) if id in self._revealed_ids), start)
        if not start <= shown < start + ROOTS_MAX:
            start = shown
        return self.all_roots[start : start + ROOTS_MAX]

    @property
    def next_after(self) -> str | None:
        last = self.roots[-1] if self.roots else None
        return last.id if last and last != self.all_roots[-1] else None

    @cached_property
    def children(self) -> dict[Id, list[Owner]]:
        """By owner, of the page's roots: first the teams, then keys without one."""
        found: dict[Id, list[Owner]] = defaultdict(list)
        for owner in below([each.id for each in self.roots], self.viewer):
            assert owner.parent is not None, "only customers have nothing above them"
            found[owner.parent].append(owner)
        return dict(found)

    @property
    def can_unfold_all(self) -> bool:
        return sum(map(len, self.children.values())) <= UNFOLDED_MAX

    @cached_property
    def _revealed_ids(self) -> frozenset[str]:
        """Owners of what is revealed, and those above them."""
        shown = [self.known[id].budget for id in self.revealed if id in self.known]
        paths = (
            (each.owner_id, each.virtual_key and each.virtual_key.team_id, customer_of(each.owner))
            for each in shown
        )
        return frozenset(
            id for owner, team, customer in paths for id in (owner, team, customer.id) if id
        )

    def is_open(self, owner: Owner) -> bool:
        if owner.id in self.opened or owner.id in self._revealed_ids:
            return True
        return self.can_unfold_all and ("all" in self.opened or len(self.all_roots) == 1)

    @cached_property
    def _unfolded(self) -> list[Owner]:
        """The owners of the rows that are shown."""
        if self.only != "all":
            return []
        return [owner for root in self.roots for owner in self._from(root)]

    def _from(self, owner: Owner) -> list[Owner]:
        shown = self._shown_below(owner)[:CHILDREN_MAX] if self.is_open(owner) else []
        return [owner, *(each for child in shown for each in self._from(child))]

    def _shown_below(self, owner: Owner) -> list[Owner]:
        """Teams, and the keys that have budgets."""
        below = self.children.get(owner.key, [])
        return [each for each in below if each.kind != OwnerType.VIRTUAL_KEY or self.of_owner(each)]

    @cached_property
    def lines(self) -> list[Line]:
        return [self._line(owner) for owner in self._unfolded]

    def _line(self, owner: Owner) -> Line:
        every, shown = self.children.get(owner.key, []), self._shown_below(owner)
        is_open = self.is_open(owner)
        return Line(
            owner=owner,
            level=self._level(owner),
            standings=self.ranked(self.of_owner(owner)),
            is_open=is_open,
            has_children=bool(every),
            hidden=max(0, len(shown) - CHILDREN_MAX) if is_open else 0,
            unbudgeted=len(every) - len(shown) if is_open else 0,
        )

    def _level(self, owner: Owner) -> int:
        if owner.kind == OwnerType.CUSTOMER or owner in self.roots:
            return 0
        if owner.kind == OwnerType.TEAM or self.viewer.team_id is not None:
            return 1
        return 2 if owner.parent and owner.parent[0] == OwnerType.TEAM else 1

    def ranked(self, budgets: Iterable[Budget]) -> tuple[Standing, ...]:
        return tuple(sorted((self.standings[b.id] for b in budgets), key=lambda s: s.urgency))

    def in_state(self, states: Iterable[State]) -> list[Standing]:
        """Budgets in any of the states, the worst first."""
        wanted = set(states)
        found = [each for each in self.standings.values() if each.state in wanted]
        return sorted(found, key=lambda each: (each.urgency, each.budget.id))

    @cached_property
    def without(self) -> list[Owner]:
        """Roots that no budget of their own binds."""
        return [each for each in self.all_roots if not self.of_owner(each)]
