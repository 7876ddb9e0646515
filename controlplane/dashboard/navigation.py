"""Which pages there are, in which group of the rail; a page that does not exist yet is not linked.

A page comes in by its line here and its line in `urls.py`, under the same name.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from controlplane.accounts.permissions import Principal, Resource, may_read

Count = Callable[[Principal], int]


@dataclass(frozen=True)
class Entry:
    """A page of the rail. `count` says how much waits there for the viewer to act."""

    name: str
    title: str
    resource: Resource | None = None
    count: Count | None = None


@dataclass(frozen=True)
class Link:
    """An entry as it is shown to one viewer."""

    title: str
    url: str
    is_current: bool
    waiting: int


# What configures everything else is outside the dashboard.
ADMIN_TITLE = "Admin ↗"

RAIL: dict[str, tuple[Entry, ...]] = {
    "Money": (
        Entry("overview", "Overview"),
        Entry("budgets", "Budgets", Resource.BUDGETS),
        Entry("explore", "Explore", Resource.USAGE),
        Entry("statements", "Statements"),
    ),
    "Traffic": (
        Entry("requests", "Requests", Resource.USAGE),
        Entry("live", "Live", Resource.USAGE),
        Entry("providers", "Providers and models", Resource.PROVIDERS),
    ),
    "Access": (
        Entry("customers", "Customers", Resource.CUSTOMERS),
        Entry("teams", "Teams", Resource.TEAMS),
        Entry("keys", "Keys", Resource.VIRTUAL_KEYS),
    ),
    "Control": (
        Entry("alerts", "Alerts"),
        Entry("audit", "Audit log", Resource.AUDIT_LOG),
    ),
}


def page_url(name: str, *arguments: object) -> str | None:
    """Where a page of the dashboard is; None while there is none of the name."""
    try:
        return reverse(f"dashboard:{name}", args=arguments)
    except NoReverseMatch:
        return None


def rail_for(viewer: Principal, current: str) -> dict[str, list[Link]]:
    """The groups with what the viewer may open; `current` names the page shown, or its list."""
    groups = {
        title: [link for entry in entries if (link := _link(entry, viewer, current))]
        for title, entries in RAIL.items()
    }
    if not viewer.is_bound:
        groups["Control"].append(Link(ADMIN_TITLE, reverse("admin:index"), False, 0))
    return {title: links for title, links in groups.items() if links}


def _link(entry: Entry, viewer: Principal, current: str) -> Link | None:
    url = page_url(entry.name)
    if url is None or (entry.resource and not may_read(viewer, entry.resource)):
        return None
    waiting = entry.count(viewer) if entry.count else 0
    return Link(entry.title, url, entry.name == current, waiting)
