"""Which pages there are, in which group of the rail; a page that does not exist yet is not linked.

A page comes in by its line here and its line in `urls.py`, under the same name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from controlplane.accounts.permissions import Principal, Resource, may_read


@dataclass(frozen=True)
class Entry:
    """A page of the rail, and what its reader must be allowed to read."""

    name: str
    title: str
    resource: Resource | None = None


@dataclass(frozen=True)
class Link:
    """An entry as it is shown to one viewer; so much is `waiting` there for an act."""

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
        Entry("statements", "Statements", Resource.STATEMENTS),
        Entry("reconciliation", "Reconciliation", Resource.INVOICES),
        Entry("what-if", "What if", Resource.WHAT_IF),
    ),
    "Traffic": (
        Entry("requests", "Requests", Resource.USAGE),
        Entry("live", "Live", Resource.USAGE),
        Entry("cache", "Cache", Resource.CACHE_ENTRIES),
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
        Entry("jobs", "Jobs", Resource.JOBS),
    ),
}


def page_url(name: str, *arguments: object) -> str | None:
    """Where a page of the dashboard is; None while there is none of the name."""
    try:
        return reverse(f"dashboard:{name}", args=arguments)
    except NoReverseMatch:
        return None


def rail_for(viewer: Principal, current: str, waiting: Mapping[str, int]) -> dict[str, list[Link]]:
    """The groups with what the viewer may open; `current` names the page shown, or its list."""
    groups = {
        title: [
            Link(entry.title, url, entry.name == current, waiting.get(entry.name, 0))
            for entry in entries
            if (url := page_url(entry.name)) and _may_open(entry, viewer)
        ]
        for title, entries in RAIL.items()
    }
    if not viewer.is_bound:
        groups["Control"].append(Link(ADMIN_TITLE, reverse("admin:index"), False, 0))
    return {title: links for title, links in groups.items() if links}


def _may_open(entry: Entry, viewer: Principal) -> bool:
    return entry.resource is None or may_read(viewer, entry.resource)
