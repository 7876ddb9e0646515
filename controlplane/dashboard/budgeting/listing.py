"""What the page of budgets shows for its URL: tabs, the first sentence, rows, the open form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from django.http import Http404

from controlplane.budgets.history import Entry, history_of
from controlplane.budgets.models import Budget
from controlplane.budgets.owners import Owner
from controlplane.budgets.standing import FORECASTS_MAX, Standing, State
from controlplane.budgets.tree import STOPPED, BudgetTree, Line
from controlplane.dashboard.budgeting.editor import Editor
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit
from controlplane.errors import invalid

TABS = {
    "all": "All",
    "short": "Will run out",
    "used-up": "Used up",
    "none": "No budget",
}
LISTED_MAX = 200
NAMED_MAX = 3
FORM = ("edit", "how", "amount", "until", "reason", "history", "saved", "new")


@dataclass(frozen=True)
class Tab:
    """A part of the budgets, and how many are in it."""

    title: str
    count: int
    url: str
    is_current: bool
    is_more: bool = False


@dataclass(frozen=True)
class Listing:
    """One view of the budgets, by one viewer."""

    visit: Visit
    given: Mapping[str, str] = field(default_factory=dict)
    """What a form sent; empty where none was."""
    is_outdated: bool = False

    @property
    def query(self) -> Query:
        return self.visit.query

    @property
    def path(self) -> str:
        """Of the whole page, whichever part of it is asked for."""
        return page_url("budgets") or ""

    @property
    def closed_url(self) -> str:
        return self.url()

    @property
    def effect_url(self) -> str:
        kept = self.query.having({**dict.fromkeys(FORM), "edit": self.edited_id})
        return kept.url(page_url("budget-effect") or "")

    @cached_property
    def only(self) -> str:
        chosen = self.query.first("state", "all")
        if chosen not in TABS:
            raise invalid("state", f"Must be one of {', '.join(TABS)}.")
        return chosen

    @cached_property
    def tree(self) -> BudgetTree:
        return BudgetTree(
            viewer=self.visit.viewer,
            at=self.at,
            is_past=self.is_past,
            opened=frozenset(each for text in self.query.all("open") for each in text.split(",")),
            customers=self.query.all("customer"),
            after=self.query.first("after"),
            only=self.only,
            revealed=self._named() | {self.edited_id, self.query.first("history")},
            extra=frozenset({self.edited_id, *self._lending()} - {""}),
        )

    @cached_property
    def at_day(self) -> date:
        """The day that `at` names, of UTC; today where it names none, or one to come."""
        text, today = self.query.first("at"), self.visit.now.astimezone(UTC).date()
        try:
            return min(date.fromisoformat(text), today) if text else today
        except ValueError:
            raise invalid("at", "Must be a day like 2026-11-12.") from None

    @property
    def is_past(self) -> bool:
        return self.at < self.visit.now

    @cached_property
    def at(self) -> datetime:
        """The end of that day; of today, now."""
        end = datetime.combine(self.at_day, time(), UTC) + timedelta(days=1)
        return min(end, self.visit.now)

    @property
    def kept(self) -> Query:
        """What a form of the page sends along."""
        return self.query.having({**dict.fromkeys(FORM), "after": None})

    @property
    def making_url(self) -> str:
        return self.url(new=self.query.first("new"))

    @property
    def edited_id(self) -> str:
        """Of the budget being changed; what is over is not changed."""
        return "" if self.is_past else self.query.first("edit")

    def _named(self) -> frozenset[str]:
        """The budget that was just saved."""
        return frozenset({self.query.first("saved").partition(",")[0]})

    def _lending(self) -> set[str]:
        """A lender's forecast is part of what the form says."""
        how = self.given.get("how", self.query.first("how"))
        return {how.partition(":")[2]} - {""}

    @cached_property
    def editor(self) -> Editor | None:
        """Of the budget that is being changed. Raises `Http404` for one that is not there."""
        if not self.edited_id:
            return None
        if self.edited_id not in self.tree.known:
            raise Http404
        typed = self.given or {name: self.query.first(name) for name in FORM}
        return Editor(self.tree, self.edited_id, typed, bool(self.given), self.is_outdated)

    @cached_property
    def history(self) -> list[Entry] | None:
        budget = self.history_of
        return history_of(budget, self.visit.viewer) if budget else None

    @cached_property
    def history_of(self) -> Budget | None:
        id = self.query.first("history")
        if id and id not in self.tree.known:
            raise Http404
        return self.tree.known[id].budget if id else None

    @cached_property
    def short(self) -> list[Standing]:
        return self.tree.in_state([State.SHORT])

    @cached_property
    def stopped(self) -> list[Standing]:
        return self.tree.in_state(STOPPED)

    @property
    def over(self) -> list[Standing]:
        return [each for each in self.stopped if each.state == State.OVER]

    @property
    def used_up(self) -> list[Standing]:
        return [each for each in self.stopped if each.state == State.USED_UP]

    @property
    def named_max(self) -> int:
        return NAMED_MAX

    @property
    def last(self) -> int:
        """So many budgets last."""
        return len(self.tree.budgets) - len(self.short) - len(self.stopped)

    @cached_property
    def tabs(self) -> list[Tab]:
        counts = {
            "all": len(self.tree.budgets),
            "short": len(self.short),
            "used-up": len(self.stopped),
            "none": len(self.tree.without),
        }
        is_more = len(self.tree.candidates) > FORECASTS_MAX
        return [
            Tab(
                title,
                counts[name],
                self.url(state=None if name == "all" else name, after=None, open=None),
                name == self.only,
                is_more and name == "short",
            )
            for name, title in TABS.items()
        ]

    @property
    def listed(self) -> list[Standing]:
        """Of a tab: the budgets themselves, each with its path."""
        found = self.short if self.only == "short" else self.stopped
        return found[:LISTED_MAX]

    @property
    def unlisted(self) -> int:
        return len(self.short if self.only == "short" else self.stopped) - len(self.listed)

    @property
    def listed_owners(self) -> list[Owner]:
        return self.tree.without[:LISTED_MAX]

    @property
    def lines(self) -> list[Line]:
        return self.tree.lines

    def url(self, **changes: str | None) -> str:
        """This view without an open form, changed."""
        return self.query.having({**dict.fromkeys(FORM), **changes}).url(self.path)

    def fold_url(self, line: Line) -> str:
        """The same with this row unfolded, or folded."""
        opened = {each for text in self.query.all("open") for each in text.split(",")} - {""}
        if "all" in opened or (len(self.tree.all_roots) == 1 and not opened):
            opened = {each.owner.id for each in self.lines if each.is_open}
        opened ^= {line.owner.id}
        return self.url(open=",".join(sorted(opened)) or None)
