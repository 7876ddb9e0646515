"""Running a job again, past its schedule."""

from kombu.exceptions import OperationalError

from controlplane.celery import app
from controlplane.errors import Conflict, invalid
from controlplane.jobs.standing import is_scheduled

EXPIRES_SECONDS = 600


def run_again(task: str) -> None:
    """Asks a worker to; jobs are safe to run twice. Raises `DomainError` for what is none."""
    if not is_scheduled(task):
        raise invalid("job", "There is no such job.")
    try:
        app.send_task(task, expires=EXPIRES_SECONDS, retry=False)
    except OperationalError as error:
        raise Conflict("no_broker", "The broker cannot be reached.") from error
