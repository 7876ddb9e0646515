"""The form beneath a budget: what may be done, what it would do, and what is in its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from controlplane.budgets.effects import Effect, effect_of
from controlplane.budgets.history import Entry, history_of
from controlplane.budgets.models import Budget
from controlplane.budgets.owners import Owner, owner_of
from controlplane.budgets.standing import Standing
from controlplane.budgets.tree import BudgetTree
from controlplane.budgets.versions import version_of
from controlplane.dashboard.budgeting.asked import LEND, LIMIT, LOWER, RAISE, Asked, read
from controlplane.dashboard.filters.bar import Choice
from controlplane.dashboard.numbers import money_text

LENDERS_MAX = 50


@dataclass(frozen=True)
class Editor:
    """One budget being changed. `is_sent` says that it was saved, or tried to be."""

    tree: BudgetTree
    budget_id: str
    given: Mapping[str, str]
    is_sent: bool = False
    is_outdated: bool = False

    @property
    def standing(self) -> Standing:
        return self.tree.standings[self.budget_id]

    @property
    def budget(self) -> Budget:
        return self.standing.budget

    @property
    def owner(self) -> Owner:
        return owner_of(self.budget)

    @property
    def version(self) -> str:
        return version_of(self.budget, self.standing.changes)

    @cached_property
    def lenders(self) -> list[Standing]:
        """Budgets of owners beside this one, under the same parent, with something left."""
        parent = self.owner.parent
        if parent is None:
            return []
        found = [
            each
            for each in self.tree.standings.values()
            if owner_of(each.budget).parent == parent
            and each.budget.owner_id != self.budget.owner_id
            and each.balance.remaining_usd > 0
        ]
        found.sort(key=lambda each: -each.balance.remaining_usd)
        return found[:LENDERS_MAX]

    @cached_property
    def above(self) -> list[Standing]:
        """Budgets of the owners over this one, which bind it as well."""
        team = self.budget.virtual_key.team_id if self.budget.virtual_key else None
        customer = None
        if self.budget.owner_type != "customer":
            owner = self.budget.team or self.budget.virtual_key
            customer = owner.customer_id if owner else None
        return [
            each
            for each in self.tree.standings.values()
            if (team and each.budget.team_id == team)
            or (customer and each.budget.customer_id == customer)
        ]

    @cached_property
    def asked(self) -> Asked:
        return read(self.given, self.standing, self.lenders, self.tree.at)

    @cached_property
    def effect(self) -> Effect | None:
        limit = self.asked.limit_of(self.standing)
        if limit is None:
            return None
        return effect_of(
            taker=self.standing,
            limit_usd=limit,
            lender=self.asked.lender,
            above=self.above,
            at=self.tree.at,
        )

    @property
    def errors(self) -> Mapping[str, str]:
        """An empty form is not wrong yet."""
        return self.asked.errors if self.is_sent else {}

    @property
    def amount_error(self) -> str:
        """Of an amount that was typed, at once; the others wait."""
        return self.asked.errors.get("amount", "") if self.asked.texts["amount"] else ""

    @property
    def hows(self) -> list[Choice]:
        lent = [
            Choice(
                f"Lend from {owner_of(each.budget).name} "
                f"({money_text(each.balance.remaining_usd)} left)",
                f"{LEND}{each.budget.id}",
                self.asked.how == f"{LEND}{each.budget.id}",
            )
            for each in self.lenders
        ]
        window = self.window_word
        own = {
            RAISE: f"Raise {window}",
            LOWER: f"Lower {window}",
            LIMIT: "New limit from now on",
        }
        return [*lent, *(Choice(title, how, self.asked.how == how) for how, title in own.items())]

    @property
    def window_word(self) -> str:
        words = {"day": "for today", "lifetime": "until it is taken back"}
        calendar = ("week", "month", "quarter", "year")
        window = self.budget.window
        return words.get(window) or (f"for this {window}" if window in calendar else "for a time")

    @property
    def verb(self) -> str:
        """What the button does."""
        amount = self.asked.amount_usd
        text = "" if amount is None else f" {money_text(amount)}"
        match self.asked.how:
            case "raise":
                return f"Raise by{text}" if text else "Raise the limit"
            case "lower":
                return f"Lower by{text}" if text else "Lower the limit"
            case "limit":
                return f"Set the limit to{text}" if text else "Set the limit"
            case _:
                return f"Lend{text}"

    @cached_property
    def overtaken_by(self) -> Entry | None:
        """The newest change, for whoever comes second."""
        return next(iter(history_of(self.budget, self.tree.viewer)), None)
