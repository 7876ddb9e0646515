"""What Celery's tasks are made of, so that each run of them is on record."""

from typing import Any

from controlplane.audit.audited_task import AuditedTask
from controlplane.jobs.recording import recorded


class RecordedTask(AuditedTask):
    """A task whose runs are on the page of jobs."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return recorded(str(self.name), lambda: super(RecordedTask, self).__call__(*args, **kwargs))
