"""What frames every page: the rail, the search field, how fresh the books are, who looks."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import NoReverseMatch, reverse

from controlplane.accounts.models import Customer, Role
from controlplane.accounts.permissions import Principal, Resource, may_write
from controlplane.alerts.overview import OpenAlerts, open_alerts
from controlplane.budgets.freshness import Freshness, freshness
from controlplane.dashboard.navigation import Link, page_url, rail_for
from controlplane.dashboard.numbers import MARKS, Marks
from controlplane.dashboard.preferences import THEMES, Preferences

ROLES = {
    Role.ADMIN: "administrator",
    Role.ENGINEER: "engineer",
    Role.FINANCE: "finance",
    Role.AUDITOR: "auditor",
}


@dataclass(frozen=True)
class Shell:
    """The frame of one page for one viewer."""

    viewer: Principal
    now: datetime
    preferences: Preferences
    current: str
    path: str
    own: Customer | None = None

    @cached_property
    def rail(self) -> dict[str, list[Link]]:
        """Counts only where the viewer may act."""
        may_act = may_write(self.viewer, Resource.ALERTS)
        waiting = {"alerts": self.alerts.count if may_act else 0}
        return rail_for(self.viewer, self.current, waiting)

    @cached_property
    def alerts(self) -> OpenAlerts:
        return open_alerts(self.viewer)

    @cached_property
    def freshness(self) -> Freshness:
        return freshness(self.now)

    @property
    def scope(self) -> str:
        """`finance, all customers`."""
        role = ROLES[self.viewer.role]
        if not self.viewer.is_bound:
            return f"{role}, all customers"
        return f"{role}, {self.own or self.viewer.customer_id}"

    @property
    def search_url(self) -> str | None:
        return page_url("search")

    @property
    def themes(self) -> dict[str, str]:
        return THEMES

    @property
    def marks(self) -> dict[str, Marks]:
        return MARKS

    @property
    def sign_out_url(self) -> str:
        return _first_of("account_logout", "admin:logout")

    @property
    def account_url(self) -> str | None:
        return _url("account_email") or None


def _first_of(*names: str) -> str:
    return next(url for name in names if (url := _url(name)))


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
