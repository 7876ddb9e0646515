"""A form that is shown again: with what is wrong, or with what somebody else did meanwhile."""

from typing import Any

from controlplane.audit.models import AuditEvent
from controlplane.audit.queries import last_change
from controlplane.dashboard.forms import PageForm


def edited(form: PageForm, resource: str) -> dict[str, Any]:
    """What a page needs to show the form; after two people edited, what the other one did."""
    if not form.is_bound:
        return {"form": form}
    if form.outdated is None:
        return {"form": form, "status": form.status}
    theirs: AuditEvent | None = last_change(resource, form.instance.pk)
    return {"form": form.renewed(), "theirs": theirs, "status": form.status}
