"""What the page of an alert shows: facts in words, what it is about, and what can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from controlplane.accounts.permissions import Resource, visible
from controlplane.actions.models import ActionKind, AlertAction
from controlplane.alerts.models import Alert, Kind
from controlplane.audit.doors import member_behind, name_of
from controlplane.budgets.binding import ORDER, Held, budgets_of, first_to_stop, held_now
from controlplane.budgets.models import Budget, RaiseRequest, RaiseState
from controlplane.budgets.raises import Asker, may_decide
from controlplane.dashboard.control.doings import Doing, doings_of
from controlplane.dashboard.control.unusual import Unusual
from controlplane.dashboard.filters.names import all_names
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.numbers import count_text, decimal_text, moment_text, money_text
from controlplane.dashboard.pages import Visit

FACTS_MAX = 40
ACTIONS_MAX = 20
TITLES = {
    ActionKind.CLAMP: "Limit for an hour",
    ActionKind.PAUSE: "Pause for an hour",
    ActionKind.REQUEST_RAISE: "Ask for a raise",
}
MONEY, MOMENT = "_usd", "_at"
SHOWN_APART = frozenset(
    {"above_usd", "above_usd_per_day", "because", "changed", "measure", "seen_at", "window_seconds"}
)
# What an alert is about: the column, its name, its page, and its filter.
SUBJECTS = (
    ("customer_id", "Customer", "customer", "customer"),
    ("team_id", "Team", "team", "team"),
    ("virtual_key_id", "Key", "key", "virtual_key"),
    ("provider_id", "Provider", "provider", "provider"),
    ("model_id", "Model", "model", "model"),
)


@dataclass(frozen=True)
class Subject:
    """Something that the alert is about."""

    title: str
    id: str
    url: str | None


@dataclass(frozen=True)
class AlertPage:
    """One alert as one viewer sees it."""

    visit: Visit
    alert: Alert

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names and values in words; what is nested is shown apart, or left to the API."""
        shown = SHOWN_APART if self.unusual else frozenset()
        given = [each for each in self.alert.facts.items() if each[0] not in shown][:FACTS_MAX]
        return [(_name(name), text) for name, value in given if (text := _text(name, value))]

    @property
    def subjects(self) -> list[Subject]:
        return [
            Subject(title, value, page_url(page, value))
            for column, title, page, _ in SUBJECTS
            if (value := getattr(self.alert, column))
        ]

    @property
    def rows_url(self) -> str | None:
        """The requests behind it; where it does not say which, those of a week."""
        url = page_url("requests")
        if url and self.unusual is not None and self.unusual.rows is not None:
            return self.unusual.rows.url(url)
        return self._filtered("requests")

    @cached_property
    def unusual(self) -> Unusual | None:
        """What is known of unusual usage; None of other alerts."""
        return Unusual(self.alert.facts) if self.alert.kind == Kind.UNUSUAL else None

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Of those that carry it, by dimension and id."""
        wanted: dict[str, list[str]] = {}
        for each in self.unusual.carriers if self.unusual else ():
            wanted.setdefault(each.dimension, []).append(each.value)
        return all_names(wanted, self.visit.viewer) if wanted else {}

    @cached_property
    def doings(self) -> list[Doing]:
        budget = self.budget.budget if self.budget else None
        return doings_of(self.alert, budget, self.visit.viewer)

    @property
    def explore_url(self) -> str | None:
        return self._filtered("explore")

    @cached_property
    def budget(self) -> Held | None:
        """The budget that it is about, or the innermost that binds whom it is about."""
        if self.alert.budget_id:
            rows = visible(Budget.objects.filter(archived_at=None), self.visit.viewer)
            budget = rows.filter(pk=self.alert.budget_id).first()
            return None if budget is None else held_now(budget, self.visit.now)
        for kind in ORDER:
            if owner := getattr(self.alert, f"{kind.value}_id"):
                held = budgets_of(kind, owner, self.visit.viewer, self.visit.now)
                if held:
                    return first_to_stop(held) or held[0]
        return None

    @property
    def may_limit(self) -> bool:
        return self.visit.may_write(Resource.LIMIT_CHANGES) and self.budget is not None

    @cached_property
    def actions(self) -> list[AlertAction]:
        """What was done about it, the newest first."""
        return list(AlertAction.objects.filter(alert_id=self.alert.pk)[:ACTIONS_MAX])

    @property
    def running(self) -> list[AlertAction]:
        """What can be taken back."""
        now = self.visit.now
        return [
            each
            for each in self.actions
            if not each.error and each.ended_at is None and (each.ends_at or now) >= now
        ]

    @property
    def may_be_done(self) -> list[tuple[str, str]]:
        """Acts that have something to act on."""
        if self.alert.resolved_at is not None or not self.visit.may_write(Resource.ALERTS):
            return []
        has = {
            ActionKind.CLAMP: bool(self.alert.virtual_key_id),
            ActionKind.PAUSE: bool(self.alert.virtual_key_id),
            ActionKind.REQUEST_RAISE: self._may_be_raised,
        }
        return [(kind.value, TITLES[kind]) for kind in ActionKind if has[kind]]

    @cached_property
    def raise_request(self) -> RaiseRequest | None:
        """The one that the alert is about, while it waits for this viewer."""
        asked = self.alert.facts.get("raise_request")
        rows = visible(RaiseRequest.objects.filter(state=RaiseState.WAITING), self.visit.viewer)
        found = rows.select_related("budget").filter(pk=asked).first() if asked else None
        if found is None or not may_decide(found, self.asker, self.visit.viewer):
            return None
        return found

    @property
    def asker(self) -> Asker:
        """The viewer, as whoever asks or decides."""
        user = self.visit.request.user
        return Asker(name_of(user), member_behind(user))

    @property
    def _may_be_raised(self) -> bool:
        if self.alert.kind == Kind.RAISE_REQUESTED or not self.alert.budget_id:
            return False
        return self.budget is not None and self.budget.budget.raise_step_usd is not None

    def _filtered(self, page: str) -> str | None:
        url = page_url(page)
        given = {name: getattr(self.alert, column) for column, _, _, name in SUBJECTS}
        chosen = {name: (value,) for name, value in given.items() if value}
        if url is None or not chosen:
            return None
        return Query(chosen).having({"period": "7d"}).url(url)


def _name(name: str) -> str:
    words = name.removesuffix(MONEY).removesuffix(MOMENT).replace("_", " ")
    return words[:1].upper() + words[1:]


def _text(name: str, value: Any) -> str:
    """Empty for what is nothing, or nested."""
    match value:
        case None | Mapping():
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return count_text(value)
        case float():
            return decimal_text(Decimal(str(value)), 1)
        case list():
            return ", ".join(map(str, value)) if all(isinstance(v, str) for v in value) else ""
        case str() if name.endswith(MONEY):
            return _money(value)
        case str():
            return _moment(value)
        case _:
            return str(value)


def _money(text: str) -> str:
    try:
        return money_text(Decimal(text))
    except InvalidOperation:
        return text


def _moment(text: str) -> str:
    """An instant reads as one; whatever else it is, stays."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment_text(at) if at.tzinfo else text
