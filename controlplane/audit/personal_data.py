"""What is held of changes: who made them, from where, from what to what."""

from controlplane.audit.forgetting import erase_events, forget_events
from controlplane.audit.models import AuditEvent
from controlplane.personal_data import Holding, Retention

HOLDINGS = (Holding("audit-log", AuditEvent, erase=erase_events, is_last=True),)
RETENTIONS = (Retention("audit_log", forget_events),)
