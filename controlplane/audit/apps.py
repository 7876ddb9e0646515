"""The audit log's place among the apps."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from controlplane.audit.actors import name_process


class AuditConfig(AppConfig):
    name = "controlplane.audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        connection_created.connect(name_process)
