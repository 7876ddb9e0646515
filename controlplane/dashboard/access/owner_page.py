"""What the page of a customer or a team shows: its month, its budgets, and what belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from billing.money import ZERO
from controlplane.accounts.models import Customer, Member, Team
from controlplane.accounts.permissions import Resource, may_read, visible
from controlplane.budgets.binding import Held, budgets_of, first_to_stop
from controlplane.budgets.models import OwnerType
from controlplane.dashboard.access.month import first_day, month_chart
from controlplane.dashboard.access.owners import state_of
from controlplane.dashboard.charts import Chart
from controlplane.dashboard.filters.bar import Choice
from controlplane.dashboard.numbers import money_text, places_for
from controlplane.dashboard.pages import Visit
from controlplane.keys.models import VirtualKey
from controlplane.metadata_rules.models import MetadataRule
from controlplane.usage.limits import limited_report
from controlplane.usage.owners import Use, days_and_parts

SHOWN_MAX = 50


@dataclass(frozen=True)
class Inside:
    """Something that belongs to an owner, with what it cost in thirty days."""

    row: Team | VirtualKey
    use: Use
    state: tuple[str, str]


@dataclass(frozen=True)
class OwnerPage:
    """A customer with its teams, or a team with its keys, as one viewer sees it."""

    visit: Visit
    owner: Customer | Team

    @property
    def kind(self) -> OwnerType:
        return OwnerType.CUSTOMER if isinstance(self.owner, Customer) else OwnerType.TEAM

    @property
    def tabs(self) -> list[Choice]:
        """What belongs to the owner: one kind at a time."""
        first = "Teams" if self.kind == OwnerType.CUSTOMER else "Keys"
        titles = {"inside": first}
        if self.kind == OwnerType.CUSTOMER:
            titles["rules"] = "Metadata rules"
        if may_read(self.visit.viewer, Resource.MEMBERS):
            titles["members"] = "Members"
        query, path = self.visit.query, self.visit.request.path
        return [
            Choice(title, query.having({"show": None if name == "inside" else name}).url(path), it)
            for name, title in titles.items()
            for it in [name == self.tab]
        ]

    @property
    def tab(self) -> str:
        chosen = self.visit.query.first("show")
        return chosen if chosen in ("rules", "members") else "inside"

    @cached_property
    def held(self) -> list[Held]:
        return budgets_of(self.kind, self.owner.pk, self.visit.viewer, self.visit.now)

    @cached_property
    def _books(self) -> tuple[dict[Any, Use], dict[str, Use]]:
        inside = OwnerType.TEAM if self.kind == OwnerType.CUSTOMER else OwnerType.VIRTUAL_KEY
        ids = [row.pk for row in self._rows] if self.tab == "inside" else []
        with limited_report():
            return days_and_parts(
                (self.kind.value, self.owner.pk),
                (inside.value, ids),
                first_day(self.visit.now),
                self.visit.now,
                self.visit.bounds,
            )

    @cached_property
    def _rows(self) -> Sequence[Team | VirtualKey]:
        viewer = self.visit.viewer
        if isinstance(self.owner, Customer):
            return list(visible(self.owner.teams.select_related("customer"), viewer)[:SHOWN_MAX])
        return list(visible(self.owner.virtual_keys.all(), viewer)[:SHOWN_MAX])

    @property
    def inside(self) -> list[Inside]:
        """The teams of a customer, the keys of a team; the first fifty."""
        uses = self._books[1]
        return [
            Inside(row, uses.get(row.pk, Use()), state_of(row, self.visit.now))
            for row in self._rows
        ]

    @property
    def places(self) -> int:
        return places_for([each.use.cost_usd for each in self.inside])

    @property
    def chart(self) -> Chart | None:
        return month_chart(self._books[0], self.visit.now, self.kind.value, self.owner.pk)

    @property
    def spent(self) -> Decimal:
        return sum((each.cost_usd or ZERO for each in self._books[0].values()), ZERO)

    @property
    def state(self) -> tuple[str, str]:
        return state_of(self.owner, self.visit.now)

    @property
    def sentence(self) -> str:
        """What it spent, and what it has left."""
        said = f"Spent {money_text(self.spent)} in 30 days."
        first = first_to_stop(self.held)
        if first is None:
            return f"{said} No hard budget of its own stops it."
        left, limit = first.balance.remaining_usd, first.balance.limit_usd
        return f"{said} {money_text(left)} is left of {money_text(limit)} {first.words}."

    @cached_property
    def members(self) -> list[Member] | None:
        """Who is bound to it; None for whoever may not read members."""
        if not may_read(self.visit.viewer, Resource.MEMBERS):
            return None
        column = {f"{self.kind.value}_id": self.owner.pk}
        rows = visible(Member.objects.filter(**column), self.visit.viewer)
        return list(rows.order_by("username")[:SHOWN_MAX])

    @cached_property
    def rules(self) -> list[MetadataRule]:
        if self.kind != OwnerType.CUSTOMER:
            return []
        rows = visible(MetadataRule.objects.filter(customer_id=self.owner.pk), self.visit.viewer)
        return list(rows.order_by("key")[:SHOWN_MAX])
