"""Reads of the audit log."""

from django.db.models import QuerySet

from controlplane.accounts.permissions import Principal, unseen_changes, visible
from controlplane.audit.models import AuditEvent


def events_seen_by(viewer: Principal | None) -> QuerySet[AuditEvent]:
    """Of their own customer, and of what they may read."""
    rows = visible(AuditEvent.objects.all(), viewer)
    unseen = unseen_changes(viewer)
    return rows.exclude(resource__in=unseen) if unseen else rows


def last_change(resource: str, object_id: str) -> AuditEvent | None:
    """What was last done to one object; None where nobody did anything yet."""
    rows = AuditEvent.objects.filter(resource=resource, object_id=object_id)
    return rows.order_by("-id").first()
