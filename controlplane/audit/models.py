"""The audit log. Triggers write it (`migrations/0002_watch.py`); nobody can change or delete it."""

from typing import Any

from django.db import models

from controlplane.cells import as_json
from controlplane.read_only import ReadOnlyModel


class Action(models.TextChoices):
    """What happened to the object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class AuditEvent(ReadOnlyModel):
    """One change of one object. Objects and actors are plain ids: an event outlives them.

    `changes` is `{field: [old, new]}`; of a secret it says only that there is another one.
    """

    CUSTOMER_PATHS = ("customer_id",)

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    change = models.BigIntegerField(help_text="Equal for all that was changed at once.")
    door = models.CharField(max_length=32, help_text="api, admin, command, task or database.")
    actor = models.CharField(max_length=200, help_text="Who, as in `member anna` or `token tok_1`.")
    address = models.CharField(max_length=64, null=True)
    action = models.CharField(max_length=16, choices=Action.choices)
    resource = models.CharField(max_length=32)
    object_id = models.CharField(max_length=300)
    customer_id = models.CharField(max_length=100, null=True)
    changes = models.JSONField()

    class Meta:
        ordering = ["-id"]
        verbose_name = "audit event"
        indexes = [
            models.Index(fields=["customer_id", "-id"], name="audit_of_customer"),
            models.Index(fields=["resource", "object_id", "-id"], name="audit_of_object"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    @property
    def shown_changes(self) -> list[tuple[str, str, str]]:
        """Field, old and new, as text; what was not there is a dash."""
        return [
            (name.replace("_", " "), _text(old), _text(new))
            for name, (old, new) in sorted(self.changes.items())
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.resource}/{self.object_id}"


def _text(value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    return value if isinstance(value, str) else as_json(value)
