"""The scheduled jobs: which ran, which failed or are late, and running one again."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from controlplane.accounts.permissions import Resource
from controlplane.dashboard.pages import Visit, page
from controlplane.jobs.models import JobRun
from controlplane.jobs.services import run_again
from controlplane.jobs.standing import jobs as all_jobs

RUNS_MAX = 100
WHO = "Jobs are run again by administrators."


@page("jobs", "Jobs", resource=Resource.JOBS, methods=("GET", "HEAD", "POST"))
def jobs(visit: Visit) -> HttpResponse:
    """`job` is one whose runs are shown; posted, it is run again."""
    told = _run(visit) if visit.request.method == "POST" else ""
    found = all_jobs(visit.now)
    newest = JobRun.objects.first()
    chosen = {each.task: each.title for each in found}.get(visit.query.first("job"))
    context = {
        "jobs": found,
        "unwell": sum(not each.is_well for each in found),
        "newest": newest,
        "nothing_runs": all(each.is_late for each in found) or newest is None,
        "chosen": chosen,
        "runs": JobRun.objects.filter(job=visit.query.first("job"))[:RUNS_MAX] if chosen else (),
        "may_write": visit.may_write(Resource.JOBS),
        "told": told,
    }
    return visit.show("dashboard/control/jobs.html", context)


def _run(visit: Visit) -> str:
    """Raises `PermissionDenied`, `DomainError`."""
    if not visit.may_write(Resource.JOBS):
        raise PermissionDenied(WHO)
    run_again(visit.request.POST.get("job", ""))
    return "A worker is asked to run it; look again in a moment."
