"""Jobs on record: what ran, what failed without telling secrets, what is late, and again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from controlplane.alerts.models import Alert
from controlplane.alerts.watching.watches import watch_installation
from controlplane.budgets.tasks import expire_raise_requests
from controlplane.celery import app
from controlplane.errors import Conflict
from controlplane.jobs.models import JobRun
from controlplane.jobs.recording import KEPT, recorded
from controlplane.jobs.standing import GRACE, jobs
from tests.integration.dashboard.reading import text_of

pytestmark = pytest.mark.usefixtures("database")

TASK = "controlplane.budgets.tasks.expire_raise_requests"
MINUTE = timedelta(minutes=1)


def job(at: Any = None) -> Any:
    return next(each for each in jobs(at or timezone.now()) if each.task == TASK)


def fail(error: Exception) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)):
        recorded(TASK, work)


def test_every_job_of_the_schedule_is_one_that_a_worker_knows():
    app.loader.import_default_modules()
    tasks = {each["task"] for each in app.conf.beat_schedule.values()}

    assert tasks <= set(app.tasks)


def test_a_task_that_runs_is_on_record_with_its_result():
    expire_raise_requests()

    run = JobRun.objects.get()
    assert (run.job, run.state, run.result, run.error) == (TASK, "done", "0", "")
    assert job().is_well


def test_an_error_is_told_without_what_it_quotes():
    fail(RuntimeError("postgres://purser:secret@db/purser"))
    fail(Conflict("busy", "Another run has not ended."))

    errors = list(JobRun.objects.values_list("error", flat=True))
    assert errors[0] == "Another run has not ended."
    assert errors[1] == "RuntimeError; the log of the worker says more."


def test_of_each_job_so_many_runs_are_kept_and_failures_outlast_successes():
    fail(RuntimeError())
    for _ in range(KEPT + 5):
        recorded(TASK, lambda: 1)

    states = list(JobRun.objects.values_list("state", flat=True))
    assert (states.count("done"), states.count("failed")) == (KEPT, 1)


def test_a_job_that_did_not_run_in_time_is_late_and_one_that_did_not_end_hangs():
    recorded(TASK, lambda: 1)
    now = timezone.now()

    assert not job(now + MINUTE).is_late
    assert job(now + 2 * MINUTE + GRACE).is_late
    JobRun.objects.update(state="running", ended_at=None)
    assert not job(now).hangs
    assert job(now + timedelta(hours=2)).hangs


def test_a_job_that_failed_is_an_alert_until_it_succeeds():
    fail(RuntimeError())
    watch_installation()
    alert = Alert.objects.get(kind="job_failed", resolved_at=None)
    assert alert.title.startswith("The job “decline raises that nobody decided on” failed")

    recorded(TASK, lambda: 1)
    watch_installation()

    assert not Alert.objects.filter(kind="job_failed", resolved_at=None).exists()


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")  # kombu's
def test_an_administrator_looks_and_runs_it_again_by_the_broker(sign_in):
    fail(RuntimeError())
    admin = sign_in("admin")
    assert "RuntimeError" in text_of(admin.get("/jobs/", {"job": TASK}))

    answer = admin.post("/jobs/", {"job": TASK})

    assert "A worker is asked to run it" in text_of(answer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kombu_message WHERE payload LIKE %s", [f"%{TASK}%"])
        assert cursor.fetchone() == (1,)
    assert admin.post("/jobs/", {"job": "os.system"}).status_code == 400


def test_others_run_nothing_and_customers_see_no_jobs(sign_in):
    finance = sign_in("finance")
    assert "Run again" not in text_of(finance.get("/jobs/"))
    assert finance.post("/jobs/", {"job": TASK}).status_code == 403
    assert sign_in("admin", "acme").get("/jobs/").status_code == 404
