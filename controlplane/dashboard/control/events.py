"""An event of the audit log, as a line: what was done to what, in words."""

from dataclasses import dataclass

from controlplane.audit.models import Action, AuditEvent
from controlplane.dashboard.navigation import page_url

# Where the objects of a resource have a page of their own.
PAGES = {
    "customers": "customer",
    "teams": "team",
    "virtual-keys": "key",
    "virtual-key-secrets": "key",
    "alerts": "alert",
    "budgets": "budget",
    "providers": "provider",
    "models": "model",
}
VERBS = {Action.CREATE: "made", Action.UPDATE: "changed", Action.DELETE: "deleted"}


@dataclass(frozen=True)
class ShownEvent:
    """One line; `url` is the object's page, while there is one."""

    event: AuditEvent
    verb: str
    kind: str
    url: str | None


def shown_event(event: AuditEvent) -> ShownEvent:
    resource = event.resource
    page = PAGES.get(resource)
    url = page_url(page, event.object_id) if page and event.action != Action.DELETE else None
    kind = resource.replace("-", " ").removesuffix("s")
    return ShownEvent(event, VERBS[Action(event.action)], kind, url)
