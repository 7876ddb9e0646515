"""What Celery's tasks are made of, so that the audit log names them."""

from typing import Any

from celery import Task

from controlplane.audit.actors import Actor, acting_as


class AuditedTask(Task):
    """What a scheduled task changes is changed by that task."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with acting_as(Actor(f"task {self.name.rpartition('.')[2]}", "task")):
            return super().__call__(*args, **kwargs)
