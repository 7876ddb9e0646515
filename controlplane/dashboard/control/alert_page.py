"""What the page of an alert shows: facts in words, what it is about, and what can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from controlplane.accounts.permissions import Resource, visible
from controlplane.alerts.models import Alert
from controlplane.budgets.binding import Held, held_now
from controlplane.budgets.models import Budget
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.numbers import count_text, moment_text, money_text
from controlplane.dashboard.pages import Visit

FACTS_MAX = 40
MONEY, MOMENT = "_usd", "_at"
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
        """Names and values in words; what is nested is left to the API."""
        given = list(self.alert.facts.items())[:FACTS_MAX]
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
        """The requests behind it, from a day before it was seen."""
        return self._filtered("requests")

    @property
    def explore_url(self) -> str | None:
        return self._filtered("explore")

    @cached_property
    def budget(self) -> Held | None:
        """The budget that it is about, with what is left."""
        rows = visible(Budget.objects.filter(archived_at=None), self.visit.viewer)
        budget = rows.filter(pk=self.alert.budget_id).first() if self.alert.budget_id else None
        return None if budget is None else held_now(budget, self.visit.now)

    @property
    def may_limit(self) -> bool:
        return self.visit.may_write(Resource.LIMIT_CHANGES) and self.budget is not None

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
